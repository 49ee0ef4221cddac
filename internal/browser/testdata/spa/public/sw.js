// The page of the application comes from the network as long as that answers, and from
// here when it does not. All else is left to the browser.
const shell = '/';

addEventListener('install', (event) => {
  skipWaiting();
  event.waitUntil(caches.open('shell').then((cache) => cache.add(new Request(shell, { cache: 'no-cache' }))));
});

addEventListener('activate', (event) => event.waitUntil(clients.claim()));

addEventListener('fetch', (event) => {
  if (event.request.mode !== 'navigate') return;
  event.respondWith(fetch(event.request).catch(() => caches.match(shell)));
});
