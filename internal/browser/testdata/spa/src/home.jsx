import plate from './plate.svg';

export const Home = () => (
  <section>
    <h1>Plates</h1>
    <img src={plate} alt="A plate" width="64" height="48" />
  </section>
);
