/** The API page: opens the endpoint that the address names, and sends the requests of its forms. */
const SHOWN_HEADERS = ['content-type', 'location', 'etag', 'retry-after', 'x-request-id'];

for (const form of document.querySelectorAll('form.try')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.ariaBusy !== 'true') void tryOut(form);
  });
}
addEventListener('hashchange', openNamed);
openNamed();

function openNamed() {
  const part = location.hash && document.getElementById(location.hash.slice(1));
  if (part && part.tagName === 'DETAILS') part.open = true;
}

async function tryOut(form) {
  const [status, text] = [form.querySelector('output'), form.querySelector('pre')];
  form.ariaBusy = 'true';
  status.value = '';
  try {
    const startedMs = performance.now();
    const response = await fetch(...requestOf(form));
    const body = await textOf(response);
    const headers = SHOWN_HEADERS.filter((name) => response.headers.has(name));
    status.value = `${response.status} ${response.statusText} · ${Math.round(performance.now() - startedMs)} ms`;
    text.textContent = [...headers.map((name) => `${name}: ${response.headers.get(name)}`), '', body].join('\n').trim();
    text.hidden = false;
  } catch {
    status.value = form.dataset.failed;
    text.hidden = true;
  }
  form.ariaBusy = 'false';
}

/** What `fetch` takes. With a token the session is left out: the response is what a program receives. */
function requestOf(form) {
  const { method, path, type } = form.dataset;
  const token = document.getElementById('token').value.trim();
  const headers = new Headers({ 'Accept-Language': document.documentElement.lang });
  if (method !== 'GET') headers.set('X-CSRF', '1');
  if (token) headers.set('Authorization', `Bearer ${token}`);

  const query = new URLSearchParams();
  let address = path;
  for (const { name, value, dataset } of form.elements) {
    if (value === '') continue;
    if (dataset.place === 'path') address = address.replace(`{${name}}`, () => encodeURIComponent(value));
    if (dataset.place === 'query') query.set(name, value);
    if (dataset.place === 'header') headers.set(name, value);
  }
  if (query.size > 0) address += `?${query}`;

  let body = form.elements.body?.value;
  if (body) headers.set('Content-Type', type);
  if (type === 'multipart/form-data') body = new FormData(form);
  return [address, { method, headers, body, credentials: token ? 'omit' : 'same-origin' }];
}

async function textOf(response) {
  const type = response.headers.get('Content-Type') ?? '';
  if (type.includes('json')) return JSON.stringify(await response.json(), null, 2);
  return type === '' || type.startsWith('text/') ? response.text() : `${(await response.blob()).size} bytes`;
}
