import {
  type FileHandle,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { constants } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { BUNDLE_PATHS, type Bundle, type BundleFiles, type CreatedBundle, readBundle } from 'opml/importers'
import { OPERATOR_TABLE } from 'opml/ops'
import { BundleTargetError, FileAccessError } from './errors.ts'
import { shippedGuest } from './guestImages.ts'

/** Whether a path names a bundle: a folder with a manifest, or the manifest itself. */
export async function isBundle(path: string): Promise<boolean> {
  return await stat(join(path, BUNDLE_PATHS.manifest)).then(
    (entry) => entry.isFile(),
    () => false,
  )
}

/**
 * Reads the bundle in a folder.
 *
 * @throws {FileAccessError} when there is no such folder.
 * @throws {BundleError} for everything that is wrong inside.
 */
export async function readBundleFolder(folder: string): Promise<Bundle> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw new FileAccessError({ path: folder, purpose: 'the bundle', cause })
  })
  const files = new FolderFiles(root)
  try {
    return await readBundle(files, { operators: OPERATOR_TABLE, guest: shippedGuest })
  } finally {
    await files.close()
  }
}

/** The files below a folder; what a symbolic link leads out of it to is not there. */
class FolderFiles implements BundleFiles {
  readonly #root: string
  readonly #open = new Map<string, FileHandle>()

  constructor(root: string) {
    this.#root = root
  }

  async size(path: string): Promise<number | undefined> {
    const handle = await this.#handle(path)
    if (handle === undefined) return undefined
    const entry = await handle.stat()
    return entry.isFile() ? entry.size : undefined
  }

  async read(path: string, { offset, length }: { offset: number; length: number }): Promise<Uint8Array> {
    const handle = await this.#handle(path)
    const bytes = new Uint8Array(length)
    let done = 0
    while (handle !== undefined && done < length) {
      const { bytesRead } = await handle.read(bytes, done, length - done, offset + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return bytes.subarray(0, done)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((handle) => handle.close()))
  }

  async #handle(path: string): Promise<FileHandle | undefined> {
    const known = this.#open.get(path)
    if (known !== undefined) return known
    try {
      const real = await realpath(join(this.#root, path))
      if (!real.startsWith(this.#root + sep)) return undefined
      // A pipe would wait for its other end.
      const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK)
      this.#open.set(path, handle)
      return handle
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
        return undefined
      throw new FileAccessError({ path: join(this.#root, path), purpose: 'a file of the bundle', cause: error })
    }
  }
}

/**
 * Writes a bundle: into a folder beside the target that then takes its name, so that a bundle is there whole or not at all. Files of the
 * model become hard links to the published ones, or copies where the file system has no links across.
 *
 * @param p.sourceFolder - where the model's files lie under their own names.
 * @throws {BundleTargetError} when the target exists; with `isForced` only when it is no bundle.
 */
export async function writeBundleFolder(
  target: string,
  p: { bundle: CreatedBundle; sourceFolder: string; isForced: boolean },
): Promise<void> {
  const path = resolve(target)
  await checkBundleTarget(path, p)
  await mkdir(dirname(path), { recursive: true })
  const scratch = await mkdtemp(join(dirname(path), `.${basename(path)}-`))
  try {
    const fresh = join(scratch, 'new')
    for (const [name, bytes] of p.bundle.files)
      await put(join(fresh, name), (file) => writeFile(file, bytes, { flush: true }))
    for (const [name, place] of p.bundle.sources)
      await put(join(fresh, place), (file) => linkOrCopy(join(p.sourceFolder, name), file))
    // One rename puts the old one away, one puts the new one in its place.
    await rename(path, join(scratch, 'old')).catch(ignoreMissing)
    await rename(fresh, path)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Refuses a target before the work. @throws {BundleTargetError} as {@link writeBundleFolder}. */
export async function checkBundleTarget(target: string, p: { isForced: boolean }): Promise<void> {
  const exists = await stat(target).then(
    () => true,
    () => false,
  )
  if (!exists) return
  if (!p.isForced)
    throw new BundleTargetError({
      path: target,
      problem: 'exists',
      suggestion: 'Give another --out, or --force to replace it.',
    })
  const text = await readFile(join(target, BUNDLE_PATHS.manifest), 'utf8').catch(() => '')
  if (!text.includes('"opml-bundle"'))
    throw new BundleTargetError({
      path: target,
      problem: 'is no bundle',
      suggestion: '"--force" replaces bundles alone; remove it yourself if it is not needed.',
    })
}

async function put(file: string, write: (file: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await write(file)
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  const real = await realpath(from)
  await link(real, to).catch(() => copyFile(real, to, constants.COPYFILE_FICLONE))
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
}
