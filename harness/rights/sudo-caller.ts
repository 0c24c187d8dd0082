/** Who called sudo; `null`: this process is not root, or root called it. */
export function sudoCaller(
  environment: NodeJS.ProcessEnv = process.env,
  euid = process.geteuid?.(),
): { uid: number; gid: number } | null {
  const [uid, gid] = [environment.SUDO_UID, environment.SUDO_GID].map((text) =>
    /^[1-9]\d{0,9}$/.test(text ?? '') ? Number(text) : null,
  );
  return euid === 0 && uid != null ? { uid, gid: gid ?? uid } : null;
}
