// A fake-slack program, as the scripts for node start it and talk to it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

// The longest time to wait for a line.
const LONGEST_MS = 10_000;

/** Starts a server with these options. */
export async function startServer(...options) {
  const program = spawn(process.env.FAKE_SLACK, ['--plain', ...options], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = [];
  let wake = () => {};
  createInterface(program.stdout).on('line', (line) => {
    lines.push(line);
    wake();
  });
  // Returns the first line with this text, from a line on.
  const line = async (text, from = 0) => {
    const until = Date.now() + LONGEST_MS;
    for (;;) {
      const found = lines.slice(from).find((each) => each.includes(text));
      if (found !== undefined) return found;
      if (Date.now() > until) throw new Error(`no line has ${text}: ${lines.join('\n')}`);
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, 1000).unref();
      });
    }
  };
  const value = async (name) => (await line(name)).slice(name.length).trim();
  const [clientId, clientSecret] = (await value('client ')).split(' ');
  return {
    apiBase: await value('API base'),
    token: await value("bot's token"),
    appToken: await value('app token'),
    refreshToken: await value('refresh token'),
    clientId,
    clientSecret,
    /** Types a command, and waits for a line with this text. */
    async command(text, answer) {
      const from = lines.length;
      program.stdin.write(`${text}\n`);
      await line(answer, from);
    },
    /** Waits for a line with this text, which may have been there before. */
    seen: (text) => line(text),
    /** The lines with this text so far. */
    all: (text) => lines.filter((each) => each.includes(text)),
    /** The number of connections so far. */
    connections: () => lines.filter((each) => each.endsWith(' accepted')).length,
    stop: () => program.stdin.end(),
  };
}
