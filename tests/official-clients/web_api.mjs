// Slack's Web API client for node against fake-slack: methods, pages, uploads, errors, rate limits, rotation, keep-alive.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { WebAPIPlatformError, WebClient, WebClientEvent } from '@slack/web-api';
import { startServer } from './server.mjs';

const { version } = createRequire(import.meta.url)('@slack/web-api/package.json');
const GENERAL = 'C0GENERAL';
const ALICE = 'U0ALICE01';
const blocks = [
  { type: 'section', text: { type: 'mrkdwn', text: 'Somebody is at the *door*.' } },
  {
    type: 'actions',
    elements: [
      { type: 'button', action_id: 'open', text: { type: 'plain_text', text: 'Open' }, value: '1' },
    ],
  },
];

// The refusals below are no news.
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

// The 32-bit FNV-1a hash in hexadecimal, as the server prints it.
const fnv1a = (bytes) => {
  const add = (hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return bytes.reduce(add, 0x811c9dc5).toString(16).padStart(8, '0');
};

const options = ['--users', '250', '--channels', '12', '--empty-pages', '3'];
const server = await startServer('--rate', 'users.info=1/1', ...options);
const client = (token) =>
  new WebClient(token, {
    slackApiUrl: server.apiBase,
    retryConfig: { retries: 2, minTimeout: 1 },
    logger: silent,
  });
const refusal = (code) => (error) => {
  assert(error instanceof WebAPIPlatformError, error);
  assert.equal(error.data.error, code);
  return true;
};
try {
  const web = client(server.token);
  assert.equal((await web.auth.test()).user_id, 'U0FAKEBOT');
  assert.equal((await web.team.info()).team.name, 'Fake Team');
  assert.equal((await web.users.info({ user: ALICE })).user.name, 'alice');
  assert.equal((await web.conversations.open({ users: ALICE })).channel.id, 'D0ALICE01');

  const posted = await web.chat.postMessage({ channel: GENERAL, text: 'The door & more', blocks });
  assert.equal(posted.channel, GENERAL);
  assert.equal(posted.message.blocks[1].elements[0].action_id, 'open');
  assert(posted.message.blocks.every((block) => block.block_id));
  const { ts } = posted;
  const updated = await web.chat.update({ channel: GENERAL, ts, text: 'Open', blocks: [blocks[0]] });
  assert.deepEqual([updated.ts, updated.text, updated.message.blocks.length], [ts, 'Open', 1]);
  const reaction = { channel: GENERAL, timestamp: ts, name: 'thumbsup' };
  await web.reactions.add(reaction);
  await assert.rejects(web.reactions.add(reaction), refusal('already_reacted'));
  await web.reactions.remove(reaction);
  const hidden = await web.chat.postEphemeral({ channel: GENERAL, user: ALICE, text: 'psst' });
  assert.match(hidden.message_ts, /^\d+\.\d{6}$/);
  await web.chat.delete({ channel: GENERAL, ts });
  await assert.rejects(web.chat.delete({ channel: GENERAL, ts }), refusal('message_not_found'));
  await assert.rejects(web.apiCall('no.suchMethod'), refusal('unknown_method'));
  await assert.rejects(
    web.chat.postMessage({ channel: GENERAL, text: 'x', blocks: [{ type: 'section' }] }),
    refusal('invalid_blocks'),
  );
  // The fetch of node takes turns between two, since it gives a connection back after the next call has begun.
  assert(server.connections() <= 2, `${server.connections()} connections`);

  // Each third page is empty.
  const walk = async (method, list, options) => {
    const found = [];
    const sizes = [];
    for await (const page of web.paginate(method, options)) {
      found.push(...page[list].map((each) => each.id ?? each));
      sizes.push(page[list].length);
    }
    assert.equal(new Set(found).size, found.length);
    return sizes;
  };
  assert.deepEqual(await walk('users.list', 'members', { limit: 100 }), [100, 100, 0, 52]);
  assert.deepEqual(await walk('conversations.list', 'channels', { limit: 5 }), [5, 5, 0, 3]);
  const members = { channel: GENERAL, limit: 100 };
  assert.deepEqual(await walk('conversations.members', 'members', members), [100, 100, 0, 52]);
  const pages = web.paginate('users.list', { limit: 100 });
  assert.equal((await pages.next()).value.members.length, 100);
  await server.command('/expire-cursors', 'the cursors have expired');
  await assert.rejects(pages.next(), refusal('invalid_cursor'));

  // The client repeats an upload that was cut. It sends a form, and its token, which is of no use there.
  const file = Buffer.from(Array.from({ length: 20_000 }, (_, at) => at % 251));
  await server.command('/cut-upload 1000', 'the next upload is reset');
  const shared = await web.files.uploadV2({
    channel_id: GENERAL,
    file,
    filename: 'door.png',
    title: 'Who rings',
    initial_comment: 'At the door',
  });
  const [{ id, size }] = shared.files[0].files;
  assert.equal(size, file.length);
  const state = `complete, in [${GENERAL}], title "Who rings"`;
  await server.command('/files', `${id} "door.png", 20000 B, FNV ${fnv1a(file)}, ${state}`);
  assert.equal(server.all(`of 20000 B of ${id}`).length, 2);
  assert.equal(server.all('! a token for the upload host').length, 2);
  const latest = await web.conversations.history({ channel: GENERAL, limit: 1 });
  assert.equal(latest.messages[0].files[0].id, id);

  const pauses = [];
  web.on(WebClientEvent.RATE_LIMITED, (seconds) => pauses.push(seconds));
  // At least one of two calls comes too soon.
  for (let call = 0; call < 2; call += 1) {
    assert.equal((await web.users.info({ user: ALICE })).user.id, ALICE);
  }
  assert(pauses.length > 0 && pauses.every((seconds) => seconds === 1), `${pauses}`);

  await assert.rejects(client('xoxb-wrong').auth.test(), refusal('invalid_auth'));
  await server.command('/expire-token', 'have expired');
  await assert.rejects(web.auth.test(), refusal('token_expired'));
  const exchange = {
    client_id: server.clientId,
    client_secret: server.clientSecret,
    grant_type: 'refresh_token',
    refresh_token: server.refreshToken,
  };
  const pair = await client().oauth.v2.access(exchange);
  assert.equal(pair.expires_in, 43_200);
  assert.equal((await client(pair.access_token).auth.test()).user_id, 'U0FAKEBOT');
  await assert.rejects(client().oauth.v2.access(exchange), refusal('invalid_refresh_token'));
  console.log(`node ${process.versions.node}, @slack/web-api ${version}: OK`);
} finally {
  server.stop();
}
