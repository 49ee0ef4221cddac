import { useState } from 'preact/hooks';

export const About = () => {
  const [count, setCount] = useState(0);
  return (
    <section>
      <h1>About</h1>
      <button onClick={() => setCount(count + 1)}>Counted {count}</button>
    </section>
  );
};
