import { Forbidden } from '../errors.js';
import type { Viewer } from '../viewer.js';
import { doctorPolicy } from './doctor-policy.js';

/** What one rule has found. What people read about the rule comes from the locale, by `id`. */
export interface Finding {
  id: string;
  /** Where the rule comes from. */
  source: string;
  /** Whether the server refuses to start in production without it. */
  level: 'must' | 'should';
  ok: boolean;
  /** Settings, names and numbers as they are, in no language. */
  found: string;
}

/** A variable of the environment, and what it means for this process. */
export interface Setting {
  name: string;
  /** Whether it was given; without it the default applies. */
  isSet: boolean;
  /** Null where it is secret, or has neither a value nor a default. Addresses come without credentials. */
  value: string | null;
}

interface DoctorServiceDeps {
  /** Checks the running installation; what it reads is known to the composition root alone. */
  runChecks: () => Promise<Finding[]>;
  settings: readonly Setting[];
}

export function createDoctorService({ runChecks, settings }: DoctorServiceDeps) {
  return {
    /** @throws Forbidden */
    async report(viewer: Viewer): Promise<Finding[]> {
      if (!doctorPolicy.read(viewer)) throw new Forbidden();
      return runChecks();
    },

    /** @throws Forbidden */
    settings(viewer: Viewer): readonly Setting[] {
      if (!doctorPolicy.read(viewer)) throw new Forbidden();
      return settings;
    },
  };
}
