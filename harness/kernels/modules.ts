/** Modules that the virtual machine itself needs: disks of the host, a writable root, links between peers. */
export const requiredModules: readonly string[] = ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'veth'];

/**
 * Modules that scenarios need. They are loaded at the start, so that nothing has to be loaded on demand. One that a
 * kernel does not have is left out: its scenarios then fail or are skipped inside, with their own reason.
 */
export const labModules: readonly string[] = [
  'inet_diag',
  'tcp_diag',
  // libcrc32c, which nf_tables needs, fails to load without an implementation of crc32c (modules.softdep).
  'crc32c_generic',
  'nf_tables',
  'nf_conntrack',
  'nf_conntrack_netlink',
  'nft_ct',
  'nft_numgen',
  'nft_masq',
  'nft_chain_nat',
  'sch_netem',
  'sch_tbf',
];

export interface ModuleSet {
  /** Paths relative to the modules folder, each after those it depends on. */
  files: string[];
  /** Required modules that are neither files nor built in. */
  missing: string[];
}

/**
 * The files to load, in order. `dep`: modules.dep (`kernel/a.ko: kernel/b.ko kernel/c.ko`, what must be loaded last
 * comes first); `builtin`: modules.builtin. Pure.
 */
export function moduleSet(dep: string, builtin: string): ModuleSet {
  const byName = new Map<string, { file: string; needs: string[] }>();
  for (const line of dep.split('\n')) {
    const [file = '', needs = ''] = line.split(':');
    if (file !== '') byName.set(nameOf(file), { file, needs: needs.trim().split(/\s+/).filter(Boolean) });
  }
  const builtIn = new Set(builtin.split('\n').map(nameOf));
  const files = new Set<string>();
  const missing: string[] = [];
  for (const name of [...requiredModules, ...labModules]) {
    const found = byName.get(name);
    if (found === undefined) {
      if (!builtIn.has(name) && requiredModules.includes(name)) missing.push(name);
      continue;
    }
    for (const file of [...found.needs].reverse()) files.add(file);
    files.add(found.file);
  }
  return { files: [...files], missing };
}

/** `kernel/net/9p/9pnet-virtio.ko.xz` → `9pnet_virtio`: file names may have dashes for the underscores of names. */
function nameOf(file: string): string {
  return (file.split('/').at(-1) ?? '').replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
}
