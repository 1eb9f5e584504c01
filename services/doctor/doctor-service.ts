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

/** @param options.runChecks checks the running installation; what it reads is known to the composition root alone. */
export function createDoctorService({ runChecks }: { runChecks: () => Promise<Finding[]> }) {
  return {
    /** @throws Forbidden */
    async report(viewer: Viewer): Promise<Finding[]> {
      if (!doctorPolicy.read(viewer)) throw new Forbidden();
      return runChecks();
    },
  };
}
