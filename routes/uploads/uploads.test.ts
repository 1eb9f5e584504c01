import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Answer, Client } from '../../tests/support/client.js';
import { animation, formOf, noise, padded, plain } from '../../tests/support/images.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { cookieOf } from '../../tests/support/stage.js';
import { until } from '../../tests/support/until.js';
import { countRows } from '../../tests/support/rows.js';

const MB = 1024 * 1024;

interface Image {
  url: string;
  size: number;
  width: number;
  height: number;
}
interface Upload extends Image {
  id: number;
  originalName: string;
  filename: string;
  variants: Image[];
}

let app: TestApp;
let ada: Client;
let bob: Client;
let png: Buffer;
const log: string[] = [];
beforeAll(async () => {
  app = await startTestApp({ UPLOAD_QUOTA_MB: '20' }, (line) => log.push(line));
  [ada, bob] = [await app.member('ada'), await app.member('bob')];
  png = await noise(60, 40).png().toBuffer();
});
afterAll(() => app.stop());

const single = (client: Client, form: unknown) => client.post('/api/upload/single', form);
const multiple = (client: Client, form: unknown) => client.post('/api/upload/multiple', form);
const fileOf = (answer: Answer) => answer.json<{ file: Upload }>().file;

async function uploaded(client: Client, content: Buffer, name = 'picture.png', type = 'image/png'): Promise<Upload> {
  const answer = await single(client, formOf('image', [content, name, type]));
  expect(answer.status, answer.text).toBe(201);
  return fileOf(answer);
}

async function bytesOf({ url }: { url: string }): Promise<Buffer> {
  const response = await fetch(new URL(url, app.url));
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

const folder = () => join(app.dataDir, 'uploads');
const storedFiles = () => readdirSync(folder()).filter((name) => name !== '.incoming');
function unfinished(): string[] {
  try {
    return readdirSync(join(folder(), '.incoming'));
  } catch {
    return [];
  }
}
const rowCount = () => countRows(app.database, 'uploads');

describe('a picture', () => {
  it('is stored under a generated name, with its smaller variants', async () => {
    const content = await plain(2_000, 1_000).png().toBuffer();
    const answer = await single(ada, formOf('image', [content, 'Café 图.png']));

    expect(answer.status).toBe(201);
    const { message, file } = answer.json<{ message: string; file: Upload }>();
    expect(message).toBe('Picture uploaded');
    expect(file).toMatchObject({ id: expect.any(Number), originalName: 'Café 图.png', width: 2_000, height: 1_000 });
    expect(file.filename).toMatch(/^[0-9a-f]{32}\.png$/);
    expect(file.url).toBe(`/uploads/${file.filename}`);
    expect(file.variants.map(({ width, height }) => [width, height])).toEqual([
      [320, 160],
      [1_280, 640],
    ]);
    for (const image of [file, ...file.variants]) {
      const bytes = await bytesOf(image);
      const { format, width, height } = await sharp(bytes).metadata();
      expect({ size: bytes.length, width, height }).toEqual({
        size: image.size,
        width: image.width,
        height: image.height,
      });
      expect(format).toBe(image === file ? 'png' : 'webp');
    }
  });

  it.each(['jpeg', 'png', 'gif', 'webp'] as const)(
    'may be %s, whatever it is called and declared to be',
    async (format) => {
      const content = await noise(50, 50)[format]().toBuffer();
      const { url, originalName } = await uploaded(ada, content, 'page.html', 'text/html');

      const answer = await app.program().get(url);
      expect(answer.headers.get('Content-Type')).toBe(`image/${format}`);
      expect(originalName).toBe('page.html');
    },
  );

  it('is never enlarged', async () => {
    const { variants } = await uploaded(ada, png);

    expect(variants.map(({ width, height }) => [width, height])).toEqual([
      [60, 40],
      [60, 40],
    ]);
  });

  it('is rotated upright and stripped of location and author', async () => {
    const content = await noise(60, 40)
      .withExif({ IFD0: { Artist: 'A. Photographer' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withIccProfile('p3')
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect((await sharp(content).metadata()).orientation).toBe(6);

    const file = await uploaded(ada, content);
    const bytes = await bytesOf(file);
    const { exif, icc, orientation, width, height } = await sharp(bytes).metadata();

    expect({ exif, icc, orientation }).toEqual({ exif: undefined, icc: undefined, orientation: undefined });
    expect([width, height]).toEqual([40, 60]);
    expect([file.width, file.height]).toEqual([40, 60]);
    expect(file.variants[0]).toMatchObject({ width: 40, height: 60 });
  });

  it.each(['gif', 'webp'] as const)('stays animated as %s, and its variants are its first frame', async (format) => {
    const content = await animation(50, 40, 3)[format]().toBuffer();
    const file = await uploaded(ada, content);

    expect(file).toMatchObject({ width: 50, height: 40 });
    expect(await sharp(await bytesOf(file)).metadata()).toMatchObject({ pages: 3, height: 40 });
    for (const variant of file.variants) {
      expect(variant).toMatchObject({ width: 50, height: 40 });
      expect((await sharp(await bytesOf(variant)).metadata()).pages ?? 1).toBe(1);
    }
  });

  it('may be very long and thin', async () => {
    const file = await uploaded(ada, await plain(2, 30_000).png().toBuffer());

    expect(file).toMatchObject({ width: 2, height: 30_000 });
    for (const { height } of file.variants) expect(height).toBeLessThanOrEqual(16_383);
  });

  it('stores no bytes from behind its end', async () => {
    const html = '<script>alert(1)</script>';
    const file = await uploaded(ada, Buffer.concat([png, Buffer.from(html)]));

    expect((await bytesOf(file)).includes('script')).toBe(false);
  });

  it('stores no comments', async () => {
    const html = Buffer.from('<script>alert(1)</script>');
    const jpeg = await noise(20, 20).jpeg().toBuffer();
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, html.length + 2]), html]);
    const file = await uploaded(ada, Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]));

    expect((await bytesOf(file)).includes('script')).toBe(false);
  });

  it.each([
    ['../../../etc/passwd', 'passwd'],
    ['..\\..\\windows\\system32', 'system32'],
    ['/', 'image'],
    ['', 'image'],
    ['a\u0000b.png', 'ab.png'],
    ['invoice\u202Egnp.exe', 'invoicegnp.exe'],
    ['\u2066a\u2069\u200Fb\u061C.png', 'ab.png'],
    ['x'.repeat(1_000), 'x'.repeat(200)],
    ['<img src=x>.png', '<img src=x>.png'],
  ])('called %j stays in its folder', async (name, shown) => {
    const before = readdirSync(app.dataDir).toSorted();
    // By hand: FormData would not send every one of these.
    const head = `--x\r\nContent-Disposition: form-data; name="image"; filename="${name}"\r\nContent-Type: image/png\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(head), png, Buffer.from('\r\n--x--\r\n')]);
    const answer = await ada.post('/api/upload/single', body, { 'Content-Type': 'multipart/form-data; boundary=x' });

    expect(answer.status, answer.text).toBe(201);
    expect(fileOf(answer)).toMatchObject({
      originalName: shown,
      filename: expect.stringMatching(/^[0-9a-f]{32}\.png$/),
    });
    expect(readdirSync(app.dataDir).toSorted()).toEqual(before);
  });

  it('may come from a program', async () => {
    const account = { username: 'ada', password: 'correct horse battery' };
    const { token } = (await app.program().post('/api/auth/login', account)).json<{ token: string }>();
    const answer = await single(app.program({ Authorization: `Bearer ${token}` }), formOf('image', png));

    expect(answer.status).toBe(201);
  });
});

describe('several pictures', () => {
  it('are stored in their order', async () => {
    const files = await Promise.all([10, 20, 30, 40, 50].map((width) => noise(width, 10).png().toBuffer()));
    const answer = await multiple(ada, formOf('images', ...files));

    expect(answer.status, answer.text).toBe(201);
    const body = answer.json<{ message: string; files: Upload[] }>();
    expect(body.message).toBe('5 pictures uploaded');
    expect(body.files.map(({ width }) => width)).toEqual([10, 20, 30, 40, 50]);
  });

  it('are stored together or not at all', async () => {
    await expectRefused(() => multiple(ada, formOf('images', png, Buffer.from('nothing'), png)), 415, {
      code: 'unsupported_media_type',
      details: [{ path: 'images.1', message: 'Must be a JPEG, PNG, GIF or WebP image' }],
    });
  });
});

/** A clear refusal, after which everything is as before. */
async function expectRefused(request: () => Promise<Answer>, status: number, body: object): Promise<void> {
  const before = { files: storedFiles(), rows: await rowCount() };
  const answer = await request();

  expect(answer.status, answer.text).toBe(status);
  expect(answer.json()).toMatchObject({ ...body, requestId: answer.headers.get('X-Request-Id') });
  expect({ files: storedFiles(), rows: await rowCount() }).toEqual(before);
  await until('nothing unfinished is left', () => unfinished().length === 0);
}

const damaged = 'The image is damaged or incomplete';
const kind = 'Must be a JPEG, PNG, GIF or WebP image';
const pixels = 'At most 40 megapixels, counting all frames of an animation';

describe('a file that is not a picture', () => {
  it.each(['jpeg', 'png', 'gif', 'webp'] as const)('a %s that is cut off is refused', async (format) => {
    const content = await noise(200, 200)[format]().toBuffer();
    for (const part of [0.1, 0.5, 0.95]) {
      const cut = content.subarray(0, content.length * part);
      await expectRefused(() => single(ada, formOf('image', cut)), 400, {
        code: 'validation_failed',
        details: [{ path: 'image', message: damaged }],
      });
    }
  });

  it.each([
    [
      'SVG',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'),
    ],
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['PDF', Buffer.from('%PDF-1.7\n')],
    ['text', Buffer.from('GIF89')],
    ['one byte', Buffer.from('x')],
    ['nothing', Buffer.alloc(0)],
  ])('%s is refused, even as image/png', async (_name, content) => {
    await expectRefused(() => single(ada, formOf('image', [content, 'picture.png'])), 415, {
      code: 'unsupported_media_type',
      details: [{ path: 'image', message: kind }],
    });
  });

  it.each(['tiff', 'avif'] as const)('%s is refused', async (format) => {
    const content = await noise(20, 20)[format]().toBuffer();
    await expectRefused(() => single(ada, formOf('image', content)), 415, { code: 'unsupported_media_type' });
  });

  it('a header without image data is refused', async () => {
    for (const head of ['\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'GIF89a', 'RIFF\x10\x00\x00\x00WEBPVP8 ']) {
      const content = padded(Buffer.from(head, 'latin1'), 500);
      await expectRefused(() => single(ada, formOf('image', content)), 400, { code: 'validation_failed' });
    }
  });
});

describe('a decompression bomb', () => {
  it('is refused by its decoded size', async () => {
    const content = await plain(10_000, 4_001).png({ compressionLevel: 9 }).toBuffer();
    expect(content.length).toBeLessThan(MB);

    await expectRefused(() => single(ada, formOf('image', content)), 413, {
      code: 'too_large',
      details: [{ path: 'image', message: pixels }],
    });
  });

  it('is refused before it is decoded', async () => {
    const content = Buffer.from(png);
    content.writeUInt32BE(2 ** 30, 16); // the width that the head claims
    const startedAt = performance.now();

    expect([400, 413]).toContain((await single(ada, formOf('image', content))).status);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('of many frames is refused as well', async () => {
    const [width, pageHeight, frames] = [1_000, 1_000, 41];
    const content = await sharp({
      create: { width, height: pageHeight * frames, channels: 3, background: 'red', pageHeight },
    } as never)
      .gif({ effort: 1 })
      .toBuffer();
    // Equal frames may have been joined; then it is no bomb, and the test shows nothing.
    const { pages = 1 } = await sharp(content).metadata();
    const answer = await single(ada, formOf('image', content));

    expect(answer.status, `${pages} frames`).toBe(pages >= frames ? 413 : 201);
  });
});

describe('an animation', () => {
  it.each(['gif', 'webp'] as const)('of more than 500 frames is refused, as %s', async (format) => {
    const most = await animation(2, 2, 500)[format]({ effort: 1 }).toBuffer();
    const tooMany = await animation(2, 2, 501)[format]({ effort: 1 }).toBuffer();
    expect((await sharp(tooMany).metadata()).pages).toBe(501);

    await expectRefused(() => single(ada, formOf('image', tooMany)), 413, {
      code: 'too_large',
      details: [{ path: 'image', message: 'An animation may have at most 500 frames' }],
    });
    await uploaded(ada, most);
  });
});

describe('too much', () => {
  it('of one file is refused', async () => {
    await expectRefused(() => single(ada, formOf('image', padded(png, 6 * MB))), 413, {
      code: 'too_large',
      details: [{ path: 'image', message: 'At most 5 MB' }],
    });
  });

  it('of one of several files is refused', async () => {
    await expectRefused(() => multiple(ada, formOf('images', png, padded(png, 5 * MB + 1))), 413, {
      code: 'too_large',
      details: [{ path: 'images.1', message: 'At most 5 MB' }],
    });
  });

  it('of everything is refused', async () => {
    const form = formOf('images', ...Array.from({ length: 6 }, () => padded(png, 5 * MB)));
    await expectRefused(() => multiple(ada, form), 413, { code: 'too_large' });
  });

  it('is refused without a declared length as well', async () => {
    const { answer, sent } = await streamed(app, ada, 40 * MB);

    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(sent).toBeLessThanOrEqual(40 * MB);
    await until('nothing unfinished is left', () => unfinished().length === 0);
  });

  it('of exactly five megabytes is not too much', async () => {
    expect((await single(ada, formOf('image', padded(png, 5 * MB)))).status).toBe(201);
  });

  it('are six files', async () => {
    await expectRefused(() => multiple(ada, formOf('images', ...Array.from({ length: 6 }, () => png))), 400, {
      code: 'validation_failed',
      details: [{ path: 'images', message: 'At most 5 files' }],
    });
  });

  it('are two files where one is taken', async () => {
    await expectRefused(() => single(ada, formOf('image', png, png)), 400, {
      details: [{ path: 'image', message: 'Only one file' }],
    });
  });
});

describe('an invalid form', () => {
  it('without a file is refused', async () => {
    const empty = { details: [{ path: 'image', message: 'This field is required' }] };
    await expectRefused(() => single(ada, new FormData()), 400, empty);
    await expectRefused(() => single(ada, undefined), 400, empty);
    await expectRefused(() => multiple(ada, new FormData()), 400, { code: 'validation_failed' });
  });

  it('with another field is refused', async () => {
    for (const field of ['images', 'file', '__proto__']) {
      await expectRefused(() => single(ada, formOf(field, png)), 400, {
        details: [{ path: field, message: 'Unknown field' }],
      });
    }
  });

  it('with text for a file is refused', async () => {
    const form = new FormData();
    form.set('image', 'text');
    await expectRefused(() => single(ada, form), 400, {
      details: [{ path: 'image', message: 'A file is required' }],
    });
  });

  it('of another kind is refused', async () => {
    await expectRefused(() => single(ada, { image: 'x' }), 415, { code: 'unsupported_media_type' });
    await expectRefused(() => ada.post('/api/upload/single', png, { 'Content-Type': 'image/png' }), 415, {
      code: 'unsupported_media_type',
    });
  });

  it.each([
    ['no boundary', 'multipart/form-data', '--x--'],
    ['another boundary', 'multipart/form-data; boundary=y', '--x\r\n\r\n'],
    [
      'no end',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nGIF',
    ],
    ['no headers', 'multipart/form-data; boundary=x', '--x\r\n\r\nx\r\n--x--'],
    ['no name', 'multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data\r\n\r\nx\r\n--x--'],
    ['endless headers', 'multipart/form-data; boundary=x', `--x\r\n${'a: b\r\n'.repeat(5_000)}`],
    [
      'a header made to be searched for ever',
      'multipart/form-data; boundary=x',
      `--x\r\nContent-Disposition: form-data; name="image"; ${'filename="'.repeat(100_000)}`,
    ],
    ['rubbish behind a boundary', 'multipart/form-data; boundary=x', '--xyz\r\n'],
  ])('with %s is refused', async (_name, type, body) => {
    const startedAt = performance.now();
    await expectRefused(() => ada.post('/api/upload/single', body, { 'Content-Type': type }), 400, {
      code: 'malformed_body',
    });
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });
});

describe('another account', () => {
  it('cannot store anything without signing in', async () => {
    await expectRefused(() => single(app.program(), formOf('image', png)), 401, { code: 'not_signed_in' });
    await expectRefused(() => single(app.browser(), formOf('image', png)), 401, { code: 'not_signed_in' });
  });

  it('cannot make a browser upload from a foreign page, or by a form without the header', async () => {
    const foreign = app.browser({ Origin: 'https://evil.example' });
    const plainForm = app.browser({ 'X-CSRF': '' });
    for (const client of [foreign, plainForm]) for (const [name, value] of ada.cookies) client.cookies.set(name, value);

    await expectRefused(() => single(foreign, formOf('image', png)), 403, { code: 'csrf_failed' });
    await expectRefused(() => single(plainForm, formOf('image', png)), 403, { code: 'csrf_failed' });
  });

  it('cannot see or delete what is not theirs', async () => {
    const { id, url } = await uploaded(ada, png);

    expect((await bob.get('/api/upload')).json()).toMatchObject({ files: [], pagination: { total: 0 } });
    expect((await bob.delete(`/api/upload/${id}`)).status).toBe(404);
    expect((await app.program().get(url)).status).toBe(200);
  });
});

describe('my pictures', () => {
  let carol: Client;
  let carols = 0;
  beforeEach(async () => {
    carols += 1;
    carol = await app.member(`carol${carols}`);
  });

  it('are listed by pages, newest first', async () => {
    const ids: number[] = [];
    for (let count = 0; count < 3; count += 1) ids.push((await uploaded(carol, png)).id);

    const first = (await carol.get('/api/upload?limit=2')).json<{ files: Upload[]; pagination: object }>();
    const second = (await carol.get('/api/upload?limit=2&page=2')).json<{ files: Upload[] }>();

    expect([...first.files, ...second.files].map(({ id }) => id)).toEqual(ids.toReversed());
    expect(first.pagination).toEqual({ current: 1, pages: 2, total: 3, limit: 2 });
    expect(first.files[0]).toMatchObject({ originalName: 'picture.png', variants: [{ width: 60 }, { width: 60 }] });
  });

  it('are counted with their smaller sizes towards the quota', async () => {
    const { size, variants } = await uploaded(carol, png);
    const usedBytes = size + variants.reduce((sum, variant) => sum + variant.size, 0);
    expect((await carol.get('/api/upload')).json()).toMatchObject({
      quota: { usedBytes, limitBytes: 20 * 1024 * 1024 },
    });
  });

  it('are gone with their files when they are deleted', async () => {
    const before = storedFiles().length;
    const { id, url, variants } = await uploaded(carol, png);
    expect(storedFiles()).toHaveLength(before + 3);

    expect((await carol.delete(`/api/upload/${id}`)).status).toBe(204);
    expect((await carol.delete(`/api/upload/${id}`)).status).toBe(404);
    expect(storedFiles()).toHaveLength(before);
    for (const address of [url, ...variants.map((variant) => variant.url)]) {
      expect((await app.program().get(address)).status).toBe(404);
    }
  });

  it('are refused beyond the quota', async () => {
    const big = await noise(1_200, 1_200).png().toBuffer(); // about 4 MB
    let answer = await single(carol, formOf('image', big));
    for (let count = 0; answer.status === 201 && count < 20; count += 1)
      answer = await single(carol, formOf('image', big));

    expect(answer.status).toBe(409);
    expect(answer.json()).toMatchObject({ code: 'quota_exceeded' });
    await expectRefused(() => single(carol, formOf('image', big)), 409, { code: 'quota_exceeded' });
    const { files } = (await carol.get('/api/upload')).json<{ files: Upload[] }>();
    const bytes = files.flatMap((file) => [file, ...file.variants]).reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBeLessThanOrEqual(20 * MB);
    expect(bytes).toBeGreaterThan(10 * MB);

    expect((await carol.delete(`/api/upload/${files[0]?.id}`)).status).toBe(204);
    expect((await single(carol, formOf('image', big))).status).toBe(201);
  });

  it('are refused beyond the quota when they are uploaded at once', async () => {
    const big = await noise(1_200, 1_200).png().toBuffer();
    const answers = await Promise.all(Array.from({ length: 8 }, () => single(carol, formOf('image', big))));
    const statuses = answers.map(({ status }) => status);

    expect(new Set(statuses)).toEqual(new Set([201, 409]));
    const { files } = (await carol.get('/api/upload')).json<{ files: Upload[] }>();
    expect(files).toHaveLength(statuses.filter((status) => status === 201).length);
    const bytes = files.flatMap((file) => [file, ...file.variants]).reduce((sum, { size }) => sum + size, 0);
    expect(bytes).toBeLessThanOrEqual(20 * MB);
  });
});

describe('an aborted upload', () => {
  it('leaves nothing', async () => {
    const before = { files: storedFiles(), rows: await rowCount() };
    for (const bytesSent of [100, 100_000, 3 * MB]) {
      const { socket } = await begun(app, ada);
      socket.write(padded(png, bytesSent));
      await until('it has begun', () => unfinished().length > 0);
      socket.destroy();
      await until('nothing unfinished is left', () => unfinished().length === 0);
    }
    expect({ files: storedFiles(), rows: await rowCount() }).toEqual(before);
    expect(log.filter((line) => line.includes('"level":50'))).toEqual([]); // it is no failure of ours
  });
});

describe('an account that uploads a lot at once', () => {
  it('gets a 429 with Retry-After, and loses nothing', async () => {
    const dora = await app.member('dora');
    const sockets = await Promise.all(Array.from({ length: 10 }, () => begun(app, dora)));
    await until('all have begun', () => unfinished().length === 10);
    const answer = await single(dora, formOf('image', png));

    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect((await single(ada, formOf('image', png))).status).toBe(201);
    for (const { socket } of sockets) socket.destroy();
    await until('nothing unfinished is left', () => unfinished().length === 0);
    expect((await single(dora, formOf('image', png))).status).toBe(201);
  });
});

/** A connection on which the head of an upload of 4 MB has been sent. */
async function begun({ url }: TestApp, client: Client) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  const part = '--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n';
  socket.write(
    `POST /api/upload/single HTTP/1.1\r\nHost: ${hostname}:${port}\r\nX-CSRF: 1\r\nCookie: ${cookieOf(client)}\r\n` +
      `Content-Type: multipart/form-data; boundary=x\r\nContent-Length: ${4 * MB}\r\n\r\n${part}`,
  );
  return { socket };
}

/** Sends a file in chunks without saying how long it is, until it is refused. */
async function streamed({ url }: TestApp, client: Client, bytes: number) {
  let sent = 0;
  const content = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(Buffer.from('--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'));
    },
    pull(controller) {
      if (sent >= bytes) return controller.close();
      sent += 64 * 1024;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
  });
  const response = await fetch(new URL('/api/upload/single', url), {
    method: 'POST',
    headers: { 'X-CSRF': '1', Cookie: cookieOf(client), 'Content-Type': 'multipart/form-data; boundary=x' },
    body: content,
    duplex: 'half',
  });
  return { answer: `HTTP/1.1 ${response.status} `, sent };
}
