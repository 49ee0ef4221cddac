import { useRoute } from 'preact-iso';
import { useEffect, useState } from 'preact/hooks';
import './user.css';

export default function User() {
  const { id } = useRoute().params;
  const [name, setName] = useState('');
  useEffect(() => {
    setName('');
    fetch('/data/users.json')
      .then((answer) => answer.json())
      .then((users) => setName(users[id] ?? 'nobody'));
  }, [id]);
  return (
    <section>
      <h1>User {id}</h1>
      <p class="name">{name}</p>
    </section>
  );
}
