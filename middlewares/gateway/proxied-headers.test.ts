import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from '../../tests/support/raw-request.js';
import { startTestApp, type TestApp } from '../../tests/support/start-test-app.js';
import { EVERYTHING, startUpstream, writeUpstreams, type UpstreamProcess } from '../../tests/support/upstream.js';

let dir: string;
let upstream: UpstreamProcess;
let app: TestApp;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'allium-headers-'));
  upstream = await startUpstream();
  const file = join(dir, 'upstreams.json');
  const open = { instances: [upstream.url], allow: EVERYTHING };
  const request = { pass: ['X-Tenant', 'Prefer', 'Origin', 'X-Gone'], remove: ['X-Gone', 'User-Agent'] };
  writeUpstreams(file, { open, declared: { ...open, headers: { request } } });
  app = await startTestApp({ UPSTREAMS_FILE: file });
});
afterAll(async () => {
  await app.stop();
  await upstream.stop();
  rmSync(dir, { recursive: true });
});

/** Returns the headers that the upstream receives if a client sends these. */
async function sent(name: string, headers: string, method = 'GET'): Promise<Record<string, string>> {
  const answer = await rawRequest(
    app.url,
    `${method} /gw/${name}/echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${headers}\r\n`,
  );
  const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
  return (JSON.parse(body) as { headers: Record<string, string> }).headers;
}

describe('a request header', () => {
  it.each([
    'Remote-User',
    'X-User',
    'X-Remote-User',
    'X-Forwarded-User',
    'X-Auth-Request-User',
    'X-Auth-Request-Email',
    'X-Auth-Request-Access-Token',
    'X-Goog-Authenticated-User-Email',
    'X-Goog-Authenticated-User-Id',
    'X-Goog-IAP-JWT-Assertion',
    'X-MS-Client-Principal',
    'X-MS-Client-Principal-Name',
    'X-SSL-Client-Cert',
    'X-SSL-Client-Verify',
    'X-SSL-Client-S-DN',
    'X-Amzn-OIDC-Data',
    'Cf-Access-Jwt-Assertion',
    'Tailscale-User-Login',
    'X-Client-IP',
    'X-Real-IP',
    'Client-IP',
    'True-Client-IP',
    'CF-Connecting-IP',
    'Fastly-Client-IP',
    'X-Cluster-Client-IP',
    'X-Originating-IP',
    'X-Forwarded',
    'X-Forwarded-Prefix',
    'X-Forwarded-Uri',
    'Forwarded-For',
    'X-Host',
    'X-Original-Host',
    'X-HTTP-Host-Override',
    'X-Original-URI',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-HTTP-Path-Override',
    'X-HTTP-Method-Override',
    'X-HTTP-Method',
    'X-Method-Override',
    'X-Envoy-Original-Path',
    'X-Envoy-Internal',
    'X-Envoy-Expected-Rq-Timeout-Ms',
    'X-Middleware-Subrequest',
    'X-Middleware-Rewrite',
    'Proxy',
    'Proxy-Authorization',
    'Authorization',
    'Cookie',
    'Origin',
    'Referer',
    'Sec-Fetch-Site',
    'Sec-WebSocket-Key',
    'Destination',
    'Baggage',
    'X-Tenant',
    'X-Unknown',
  ])('stops at the gateway unless an upstream names it: %s', async (name) => {
    const received = await sent('open', `${name}: evil\r\n${name.replaceAll('-', '_')}: evil\r\n`);

    expect(JSON.stringify(received)).not.toContain('evil');
  });

  it.each([
    ['Accept', 'application/json;q=0.5'],
    ['Accept-Charset', 'utf-8'],
    ['Accept-Encoding', 'br'],
    ['Accept-Language', 'zh-CN'],
    ['Cache-Control', 'no-cache'],
    ['Pragma', 'no-cache'],
    ['Content-Type', 'application/json'],
    ['Content-Encoding', 'gzip'],
    ['Content-Language', 'de'],
    ['Content-Disposition', 'inline'],
    ['Content-Range', 'bytes 0-1/2'],
    ['Content-Digest', 'sha-256=:x:'],
    ['Repr-Digest', 'sha-256=:x:'],
    ['If-Match', '"a"'],
    ['If-None-Match', '"a"'],
    ['If-Modified-Since', 'Fri, 20 Nov 2026 00:00:00 GMT'],
    ['If-Unmodified-Since', 'Fri, 20 Nov 2026 00:00:00 GMT'],
    ['If-Range', '"a"'],
    ['Range', 'bytes=0-1'],
    ['User-Agent', 'tests/1'],
    ['Last-Event-ID', '7'],
    ['tracestate', 'a=1'],
    ['X-Request-Id', 'caller-0001'],
  ])('passes if it describes the request: %s', async (name, value) => {
    expect(await sent('open', `${name}: ${value}\r\n`)).toMatchObject({ [name.toLowerCase()]: value });
  });

  it('passes if the upstream’s declaration names it and does not remove it', async () => {
    const received = await sent(
      'declared',
      'X-TENANT: acme\r\nX_Tenant: evil\r\nPrefer: minimal\r\nOrigin: https://a.example\r\n' +
        'X-Gone: 1\r\nUser-Agent: tests/1\r\nX-Other: 1\r\nAccept: */*\r\n',
    );

    expect(received).toMatchObject({
      'x-tenant': 'acme',
      prefer: 'minimal',
      origin: 'https://a.example',
      accept: '*/*',
    });
    for (const name of ['x-gone', 'user-agent', 'x-other']) expect(received).not.toHaveProperty(name);
    expect(JSON.stringify(received)).not.toContain('evil');
  });
});

describe('a response header', () => {
  it.each([
    'X-Accel-Redirect',
    'X-Accel-Expires',
    'X-Accel-Buffering',
    'X-Sendfile',
    'X-Sendfile-Type',
    'X-Lighttpd-Send-File',
    'X-LiteSpeed-Location',
    'X-LiteSpeed-Cache-Control',
    'X-Reproxy-URL',
    'X-Envoy-Immediate-Health-Check-Fail',
    'X-Middleware-Rewrite',
    'Surrogate-Control',
    'Surrogate-Key',
    'Cache-Tag',
    'Cache-Tags',
    'Edge-Cache-Tag',
    'Netlify-Vary',
    'XKey',
    'CDN-Cache-Control',
    'Cloudflare-CDN-Cache-Control',
    'Edge-Control',
    'Link',
    'Refresh',
    'SourceMap',
    'X-SourceMap',
    'Speculation-Rules',
    'No-Vary-Search',
    'Use-As-Dictionary',
    'Accept-CH',
    'Critical-CH',
    'Feature-Policy',
    'Document-Policy',
    'Integrity-Policy',
    'Cross-Origin-Opener-Policy-Report-Only',
    'Permissions-Policy-Report-Only',
    'Attribution-Reporting-Register-Source',
    'Sec-Session-Registration',
    'Set-Login',
    'Set-Cookie2',
    'Service-Worker-Allowed',
    'Proxy-Authenticate',
    'Proxy-Status',
    'WWW-Authenticate',
    'Authentication-Info',
    'Content-Location',
    'Onion-Location',
    'Alt-Svc',
    'Server',
  ])('that steers browsers, proxies or caches stops at the gateway: %s', async (name) => {
    const answer = await fetch(`${app.url}/gw/open/saying?${name}=evil`);

    expect(answer.status).toBe(200);
    expect(JSON.stringify([...answer.headers])).not.toContain('evil');
  });

  it.each([
    'Content-Language',
    'ETag',
    'Last-Modified',
    'Retry-After',
    'X-Total-Count',
    'Deprecation',
    'Security-Id',
    'X-Robots-Tag',
  ])('passes if it describes the response: %s', async (name) => {
    expect((await fetch(`${app.url}/gw/open/saying?${name}=said`)).headers.get(name)).toBe('said');
  });
});
