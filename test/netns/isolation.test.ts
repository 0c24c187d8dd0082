import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { LabProcess } from './lab-process.ts';
import { realStacks } from './stack.ts';

realStacks();

/** Keys whose values change by themselves: counts of entries, random numbers, pids. */
const moving =
  /_count$|nr_|fastopen_key$|\/random\/|last_pid|\/fs\/(dentry|inode|file|aio|epoll)|\/pty\/|msg_next|sem_next|shm_next/;

/** Every readable file below a folder of /proc/sys. */
function settings(folder = '/proc/sys'): Record<string, string> {
  const found: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (moving.test(path)) continue;
    if (entry.isDirectory()) Object.assign(found, settings(path));
    else if (statSync(path).mode & 0o444) {
      try {
        found[path] = readFileSync(path, 'utf8');
      } catch {
        // Some keys are readable only if there is a device for them.
      }
    }
  }
  return found;
}

/** Other programs' containers and namespaces come and go on a shared machine; theirs have names of their own. */
const others = /^(veth|br-|docker|virbr|cni|flannel|cali)/;

/** What the lab must not change on the machine. */
async function machine() {
  const json = async (program: string, ...args: string[]) => {
    const { stdout } = await execa(program, args, { reject: false });
    return JSON.parse(stdout || '[]') as Record<string, unknown>[];
  };
  const isOthers = (name: unknown) => others.test(String(name));
  const routes = [await json('ip', '-json', 'route', 'show', 'table', 'all')];
  routes.push(await json('ip', '-json', '-6', 'route', 'show', 'table', 'all'));
  const { stdout: rules } = await execa('nft', ['--stateless', 'list', 'ruleset'], { reject: false });
  const links = (await json('ip', '-json', 'addr')).filter(({ ifname }) => !isOthers(ifname));
  return {
    settings: Object.fromEntries(
      Object.entries(settings()).filter(([path]) => !path.split('/').some((part) => isOthers(part))),
    ),
    links: links.map(({ ifname, flags, mtu, operstate }) => ({ ifname, flags, mtu, operstate })),
    addresses: links.map(({ ifname, addr_info }) => [
      ifname,
      (addr_info as { local?: string; prefixlen?: number }[]).map(({ local, prefixlen }) => `${local}/${prefixlen}`),
    ]),
    routes: routes
      .flat()
      .flatMap(({ dst, gateway, dev, table }) => (isOthers(dev) ? [] : [{ dst, gateway, dev, table }])),
    rules: rules ?? '',
  };
}

it('changes no setting, link, address, route or rule of the machine, and its peers have no way out', async (context) => {
  if (process.getuid?.() !== 0) return context.skip('netns: only root can look into the peers');
  const before = await machine();
  expect(Object.keys(before.settings).length).toBeGreaterThan(300);
  // With nftables rules, a router and a server of its own in it.
  const lab = new LabProcess([
    'nat-gateway',
    'lb-chain',
    '--quick',
    '--duration',
    '1500ms',
    '--parallel',
    '1',
    '--json',
  ]);
  const pids = new Map<string, number>();
  await lab.line((line): line is typeof line & { type: 'load' } => line.type === 'load');
  for (const line of lab.lines()) if (line.type === 'peer' && line.pid !== null) pids.set(line.role, line.pid);
  expect(pids.size).toBeGreaterThan(1);
  for (const [role, pid] of pids) {
    for (const address of ['192.0.2.1', '10.0.0.1', '169.254.169.254', '2001:db8::1', 'fd00::1']) {
      const out = await execa('nsenter', ['-t', String(pid), '-n', 'ip', 'route', 'get', address], { reject: false });
      expect(`${role} ${address}: ${out.stderr}`).toMatch(/unreachable|No route/i);
    }
    const { stdout: links } = await execa('nsenter', ['-t', String(pid), '-n', 'ip', '-json', 'link']);
    const kinds = (JSON.parse(links) as { link_netnsid?: number; ifname: string }[]).filter(
      ({ ifname }) => ifname !== 'lo',
    );
    // Every link ends in another peer, none in the machine's own namespace.
    expect(kinds.length).toBeGreaterThan(0);
    for (const { link_netnsid } of kinds) expect(link_netnsid).toEqual(expect.any(Number));
  }
  await lab.end();
  expect(await machine()).toEqual(before);
});
