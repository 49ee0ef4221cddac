import { render } from 'preact';
import { App } from './app.jsx';
import './style.css';

render(<App />, document.getElementById('app'));

// What became of the service worker can be read off the page.
const say = (state) => (document.documentElement.dataset.worker = state);
navigator.serviceWorker?.register('/sw.js').then(
  () => say('registered'),
  () => say('refused'),
);
