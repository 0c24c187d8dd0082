import type { ValidationIssue } from '../model/errors.ts';
import { shortened } from '../model/nearest.ts';

/** `NAME=VALUE …` of an image's environment; malformed settings and repeated names are issues of `field`. */
export function readImageEnv(
  written: readonly string[],
  field: string,
  issues: ValidationIssue[],
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const setting of written) {
    const at = setting.indexOf('=');
    const name = setting.slice(0, Math.max(0, at));
    if (name.trim() === '') {
      issues.push({
        field,
        message: `'${shortened(setting)}' sets nothing`,
        hint: 'write NAME=VALUE, or NAME for a variable that is set in your environment',
      });
    } else if (Object.hasOwn(env, name)) {
      issues.push({ field, message: `${shortened(name)} is set twice`, hint: 'omit one of them' });
    } else env[name] = setting.slice(at + 1);
  }
  return env;
}
