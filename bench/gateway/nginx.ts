import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PINNED, type Server } from '../processes.js';

/** nginx as one process, with keep-alive connections to the upstream. @returns undefined where it is not installed. */
export async function startNginx(folder: string, port: number, upstream: string): Promise<Server | undefined> {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/nginx-error.log;
    events { worker_connections 1024; }
    http {
      access_log ${folder}/nginx-access.log;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
      fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      keepalive_requests 1000000;
      upstream behind { server ${new URL(upstream).host}; keepalive 100; keepalive_requests 1000000; }
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ""; }
      }
    }`,
  );
  const args = ['-c', file, '-p', folder];
  const child = PINNED ? spawn('taskset', ['-c', '0', 'nginx', ...args]) : spawn('nginx', args);
  process.on('exit', () => child.kill('SIGKILL'));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries += 1) {
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) break;
    await wait(25);
  }
  return {
    pid: child.pid ?? 0,
    url,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}
