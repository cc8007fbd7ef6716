/**
 * The files of a bundle as an app gives them: a folder, an archive, a server.
 *
 * Paths have been checked: relative, `/` between the parts, no part is empty, `.` or `..`.
 */
export interface BundleFiles {
  /** Bytes of a file; undefined when there is none, or when it does not lie inside the bundle (a symbolic link, say). */
  readonly size: (path: string) => Promise<number | undefined>
  /** The bytes of a range; fewer where the file ends. */
  readonly read: (path: string, range: { readonly offset: number; readonly length: number }) => Promise<Uint8Array>
}

/** Names of the bundle's own files. */
export const BUNDLE_PATHS = {
  manifest: 'manifest.json',
  program: 'program.opmlt',
  constants: 'constants.bin',
  quality: 'quality.json',
  nodeNames: 'names.json',
  /** Files of the published model lie here, under the names that the model gives them. */
  sourceFolder: 'source/',
} as const

const MAX_PATH_CHARACTERS = 1024

/** Whether a path stays inside its folder on every system. */
export function isInnerPath(path: string): boolean {
  return (
    path.length <= MAX_PATH_CHARACTERS &&
    // A colon names a drive or a stream on some systems; control characters end names on others.
    // oxlint-disable-next-line no-control-regex
    !/[\\:\u0000-\u001f]/.test(path) &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  )
}
