import { LocationProvider, Route, Router, lazy, useLocation } from 'preact-iso';
import { About } from './about.jsx';
import { Home } from './home.jsx';

// A chunk that cannot be had (a new edition may have been deployed since the page was
// loaded) leaves the application working, and says so.
const User = lazy(() => import('./user.jsx').catch((error) => ({ default: () => <Failed error={error} /> })));

const Failed = ({ error }) => (
  <section>
    <h1>Not loaded</h1>
    <p id="error">{error.name}</p>
    <button onClick={() => location.reload()}>Load again</button>
  </section>
);

const Missing = () => {
  const { path } = useLocation();
  return <h1>Nothing at {path}</h1>;
};

export const App = () => (
  <LocationProvider>
    <nav>
      <a href="/">Home</a> <a href="/about">About</a> <a href="/users/7">Ada</a> <a href="/users/jane.doe">Jane</a>
    </nav>
    <main>
      <Router>
        <Route path="/" component={Home} />
        <Route path="/about" component={About} />
        <Route path="/users/:id" component={User} />
        <Route default component={Missing} />
      </Router>
    </main>
    <footer>First edition</footer>
  </LocationProvider>
);
