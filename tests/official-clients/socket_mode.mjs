// Slack's Socket Mode client for node against fake-slack: events, acknowledgements, responses, redelivery, refresh.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { SocketModeClient } from '@slack/socket-mode';
import { startServer } from './server.mjs';

const { version } = createRequire(import.meta.url)('@slack/socket-mode/package.json');

const nothing = () => {};
const silent = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  getLevel: () => 'error',
  setName: nothing,
};

const server = await startServer('--ack-within', '1');
const client = new SocketModeClient({
  appToken: server.appToken,
  clientOptions: { slackApiUrl: server.apiBase },
  // The client reconnects after this time.
  clientPingTimeout: 500,
  logger: silent,
});
const next = async (name) => (await once(client, name))[0];
try {
  const wrong = new SocketModeClient({
    appToken: server.token,
    autoReconnectEnabled: false,
    clientOptions: { slackApiUrl: server.apiBase },
    logger: silent,
  });
  await assert.rejects(wrong.start(), (error) => error.data.error === 'not_allowed_token_type');

  await client.start();
  // Events by their type.
  const mentioned = next('app_mention');
  const said = next('message');
  await server.command('/mention open', '"app_mention"');
  const message = await said;
  await message.ack();
  const mention = await mentioned;
  assert.deepEqual([mention.event.channel, mention.event.ts], ['C0GENERAL', message.event.ts]);
  assert.equal(mention.body.authorizations[0].user_id, 'U0FAKEBOT');
  await mention.ack();
  await server.seen(`acknowledged events_api ${mention.envelope_id}`);

  // A slash command, answered in the acknowledgement.
  const commanded = next('slash_commands');
  await server.command('/slash /door open 5', '"slash_commands"');
  const command = await commanded;
  assert.deepEqual([command.body.command, command.body.text], ['/door', 'open 5']);
  assert(command.accepts_response_payload);
  const opening = next('message');
  await command.ack({ text: 'Opening', response_type: 'in_channel' });
  await server.seen(`acknowledged slash_commands ${command.envelope_id}`);
  const own = await opening;
  assert.equal(own.event.text, 'Opening');
  await own.ack();

  // A button and a modal.
  const pressed = next('interactive');
  await server.command('/press open 5', '"block_actions"');
  const press = await pressed;
  assert.equal(press.body.actions[0].value, '5');
  await press.ack();
  await server.seen(`acknowledged interactive ${press.envelope_id}`);
  const submitted = next('interactive');
  await server.command('/submit setup b1.secs=99', '"view_submission"');
  const submit = await submitted;
  assert.equal(submit.body.view.state.values.b1.secs.value, '99');
  await submit.ack({ response_action: 'errors', errors: { b1: '1 to 60' } });
  await server.seen(`acknowledged interactive ${submit.envelope_id}`);

  // The first delivery is not acknowledged.
  const late = next('message');
  await server.command('/say hello', '"hello"');
  const first = await late;
  assert.equal(first.retry_num, 0);
  const second = await next('message');
  assert.deepEqual([second.retry_num, second.retry_reason], [1, 'timeout']);
  assert.equal(second.body.event_id, first.body.event_id);
  await second.ack();
  await server.seen(`acknowledged events_api ${second.envelope_id}`);

  // Frames that the client has no use for.
  await server.command('/not-json', 'cache_error');
  await server.command('/large', '"block_actions"');

  // Another socket after a refresh.
  const connected = next('connected');
  await server.command('/disconnect refresh_requested', '"refresh_requested"');
  await connected;
  const after = next('message');
  await server.command('/say again', '"again"');
  const again = await after;
  assert.equal(again.event.text, 'again');
  await again.ack();
  await server.seen(`acknowledged events_api ${again.envelope_id}`);
  assert.equal(server.all('socket open for A0FAKE001').length, 2);
  assert.deepEqual(server.all(' ! '), []);
  await client.disconnect();
  console.log(`node ${process.versions.node}, @slack/socket-mode ${version}: OK`);
} finally {
  server.stop();
}
