import { spawnSync } from 'node:child_process'

/** A Debian package whose version fixes the bytes of the images (spec/04 §7). */
export interface PinnedPackage {
  readonly name: string
  readonly version: string
}

/** The compilers of the guest images: Debian 12 main. */
export const PINNED_PACKAGES: readonly PinnedPackage[] = [
  { name: 'clang-14', version: '1:14.0.6-12' },
  { name: 'lld-14', version: '1:14.0.6-12' },
  { name: 'gcc-riscv64-unknown-elf', version: '12.2.0-14+deb12u1+11+b2' },
]

/** Programs of the pinned packages. */
export const CLANG = 'clang-14'
export const LLD = 'ld.lld-14'
export const GCC = 'riscv64-unknown-elf-gcc'

/** The machine that the images are built on lacks a pinned package or has another version of it. */
export class ToolchainError extends Error {
  override readonly name = 'ToolchainError'
  readonly packageName: string
  readonly wanted: string
  readonly found: string | undefined
  constructor({ name, version }: PinnedPackage, found: string | undefined) {
    super(
      `Guest toolchain: Debian package ${name} must be version ${version}, ${found === undefined ? 'it is not installed' : `found ${found}`}. ` +
        `Run "apt-get install ${name}=${version}" on Debian 12.`,
    )
    this.packageName = name
    this.wanted = version
    this.found = found
  }
}

/** A compiler, linker or query that failed, with what it printed. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  constructor(command: string, output: string) {
    super(`${command} failed: ${output.trim()}`)
  }
}

/**
 * Installed version of a Debian package; undefined when it is not installed or there is no dpkg.
 *
 * A package that is removed but not purged counts as not installed.
 */
export function installedVersion(name: string): string | undefined {
  const query = spawnSync('dpkg-query', ['-W', '-f=${db:Status-Status} ${Version}', name], { encoding: 'utf8' })
  if (query.error !== undefined || query.status !== 0) return undefined
  const [status, version] = query.stdout.split(' ')
  return status === 'installed' ? version : undefined
}

/**
 * Checks every pinned package.
 *
 * @throws {ToolchainError} for the first one that is missing or has another version.
 */
export function checkToolchain(versionOf: (name: string) => string | undefined = installedVersion): void {
  for (const pinned of PINNED_PACKAGES) {
    const found = versionOf(pinned.name)
    if (found !== pinned.version) throw new ToolchainError(pinned, found)
  }
}

/**
 * Runs a program of the toolchain in `cwd` and returns what it printed.
 *
 * @throws {CommandError} it cannot be started or exits with another code than 0.
 */
export function runTool(tool: string, args: readonly string[], cwd: string): string {
  const run = spawnSync(tool, args, { cwd, encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C' } })
  if (run.error !== undefined) throw new CommandError(tool, run.error.message)
  if (run.status !== 0) throw new CommandError(`${tool} ${args.join(' ')}`, run.stderr + run.stdout)
  return run.stdout
}
