import { browser, type Client } from '../support/client.js';
import type { ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';

/** Creates the administrator `ada` by the link on the console. @returns a browser that is signed in as her. */
export async function createAdministrator({ url, output }: ServerProcess, password: string): Promise<Client> {
  const token = await until('a setup link', () => /\/setup\?token=([\w-]+)/.exec(output())?.[1]);
  const admin = browser(url);
  const { status } = await admin.post('/api/setup', { token, username: 'ada', email: 'ada@example.com', password });
  if (status !== 201) throw new Error(`the setup returned ${status}`);
  return admin;
}
