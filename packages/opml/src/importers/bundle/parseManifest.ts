import { type Hex, hexToBytes } from '../../core/bytes.ts'
import { HASH_BYTES } from '../../core/keccak.ts'
import { DTYPES, type Dtype } from '../../graph/dtype.ts'
import { MAX_RANK } from '../../graph/shape.ts'
import { BUNDLE_PATHS, isInnerPath } from './bundleFiles.ts'
import { BundleError } from './errors.ts'
import {
  BUNDLE_VERSION,
  type BundleBindings,
  type BundleConstant,
  type BundleFile,
  type BundleGuest,
  type BundleManifest,
  type BundleSource,
  type BundleTensor,
} from './manifest.ts'

const MAX_NAME_CHARACTERS = 4096
const MAX_SHOWN_CHARACTERS = 40

/**
 * Reads `manifest.json`. Only its form is checked: `readBundle` holds it against the files.
 *
 * @throws {BundleError} with the field: text that is no JSON, a field that is missing, unknown or of another type, a path that leaves
 *   the bundle, a name that is there twice.
 */
export function parseManifest(text: string): BundleManifest {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new BundleError({ file: BUNDLE_PATHS.manifest, reason: 'it is not JSON', cause })
  }
  const root = new Field(json, '')
  const version = root.object().get('version')
  if (version !== undefined && version !== BUNDLE_VERSION)
    throw root.fault(`version ${shown(version)}; this software reads version ${BUNDLE_VERSION}`, 'version')
  return root.record<BundleManifest>({
    format: (field) => field.oneOf(['opml-bundle']),
    version: (field) => field.oneOf([BUNDLE_VERSION]),
    modelId: hash,
    programRoot: hash,
    weightsRoot: hash,
    guest: guestOf,
    heights: (field) =>
      field.record({
        stepHeight: count,
        nodeHeight: count,
        blockHeight: count,
        coarseHeight: count,
        fineHeight: count,
      }),
    inputs: tensorsOf,
    outputs: tensorsOf,
    bindings: bindingsOf,
    source: (field) =>
      field.record<BundleSource>({ format: (f) => f.oneOf(['onnx']), name: pathOf, bytes: count, sha256: hash }),
    files: filesOf,
    constants: (field) =>
      field.list((entry) => entry.record<BundleConstant>({ file: pathOf, offset: count, root: hash })),
  })
}

/** A reader for each field; `optional` ones may be absent. */
type Readers<T> = { readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>> }
type Reader<T> = ((field: Field) => T) & { readonly isOptional?: true }

const optional = <T>(read: (field: Field) => T): Reader<T> => Object.assign(read, { isOptional: true as const })

/** One value of the JSON text with its place. */
class Field {
  readonly #value: unknown
  readonly #place: string

  constructor(value: unknown, place: string) {
    this.#value = value
    this.#place = place
  }

  fault(reason: string, place = this.#place): BundleError {
    return new BundleError({ file: BUNDLE_PATHS.manifest, ...(place !== '' && { field: place }), reason })
  }

  object(): Map<string, unknown> {
    const value = this.#value
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.fault(`${shown(value)} is no object`)
    return new Map(Object.entries(value))
  }

  /** An object with exactly these fields, but for optional ones. */
  record<T>(readers: Readers<T>): T {
    const entries = this.object()
    const names = Object.keys(readers) as (keyof T & string)[]
    for (const name of entries.keys())
      if (!Object.hasOwn(readers, name)) throw this.fault('is not a field of this version', this.#inner(`.${name}`))
    const read = names.flatMap((name) => {
      if (entries.has(name)) return [[name, readers[name](new Field(entries.get(name), this.#inner(`.${name}`)))]]
      if (readers[name].isOptional) return []
      throw this.fault('is missing', this.#inner(`.${name}`))
    })
    // SAFETY: one entry a field of T, each read by the reader of that field.
    return Object.fromEntries(read) as T
  }

  /** An object whose fields are all alike, under any names. */
  table<T>(read: (field: Field) => T): Record<string, T> {
    return Object.fromEntries(
      [...this.object()].map(([key, value]) => [key, read(new Field(value, this.#inner(`["${key}"]`)))]),
    )
  }

  list<T>(read: (field: Field) => T): T[] {
    if (!Array.isArray(this.#value)) throw this.fault(`${shown(this.#value)} is no list`)
    return this.#value.map((value, i) => read(new Field(value, `${this.#place}[${i}]`)))
  }

  text(): string {
    const value = this.#value
    if (typeof value !== 'string' || value.length > MAX_NAME_CHARACTERS)
      throw this.fault(`${shown(value)} is no text of at most ${MAX_NAME_CHARACTERS} characters`)
    return value
  }

  oneOf<const T extends string | number>(values: readonly T[]): T {
    const found = values.find((value) => value === this.#value)
    if (found === undefined) throw this.fault(`${shown(this.#value)} is not ${values.join(' or ')}`)
    return found
  }

  count(): number {
    const value = this.#value
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
      throw this.fault(`${shown(value)} is no whole number`)
    return value
  }

  hex(): Hex {
    const value = this.#value
    if (typeof value !== 'string' || !/^0x(?:[0-9a-f]{2})*$/.test(value))
      throw this.fault(`${shown(value)} is no hexadecimal text`)
    return value as Hex
  }

  #inner(name: string): string {
    return this.#place === '' ? name.replace(/^\./, '') : `${this.#place}${name}`
  }
}

const count = (field: Field): number => field.count()

function hash(field: Field): Hex {
  const hex = field.hex()
  if (hexToBytes(hex).length !== HASH_BYTES) throw field.fault(`${shown(hex)} is not ${HASH_BYTES} bytes`)
  return hex
}

function pathOf(field: Field): string {
  const path = field.text()
  if (!isInnerPath(path)) throw field.fault(`${shown(path)} is no path inside the bundle`)
  return path
}

function shapeOf(field: Field): number[] {
  const shape = field.list(count)
  if (shape.length > MAX_RANK) throw field.fault(`${shape.length} dimensions, at most ${MAX_RANK} are possible`)
  return shape
}

const dtypeOf = (field: Field): Dtype => field.oneOf(DTYPES.map(({ name }) => name))

function tensorsOf(field: Field): BundleTensor[] {
  const tensors = field.list((entry) =>
    entry.record<BundleTensor>({ name: (name) => name.text(), dtype: dtypeOf, shape: shapeOf }),
  )
  refuseTwice(
    field,
    tensors.map(({ name }) => name),
  )
  return tensors
}

function filesOf(field: Field): BundleFile[] {
  const files = field.list((entry) => entry.record<BundleFile>({ path: pathOf, bytes: count, sha256: hash }))
  refuseTwice(
    field,
    files.map(({ path }) => path),
  )
  return files
}

function refuseTwice(field: Field, names: readonly string[]): void {
  const seen = new Set<string>()
  const twice = names.find((name) => seen.size === seen.add(name).size)
  if (twice !== undefined) throw field.fault(`"${twice}" is there twice`)
}

function guestOf(field: Field): BundleGuest {
  return field.record<BundleGuest>({
    image: (image) => image.text(),
    kernelRoot: hash,
    codeRoot: hash,
    entry: count,
    codeEnd: count,
    outputBlockAddress: count,
  })
}

function bindingsOf(field: Field): BundleBindings {
  return field.record<BundleBindings>({
    dims: (dims) => dims.table(count),
    shapes: (shapes) => shapes.table(shapeOf),
    inputs: (inputs) =>
      inputs.table((input) => input.record({ dtype: dtypeOf, shape: shapeOf, bytes: (bytes) => bytes.hex() })),
    outputs: optional((outputs) => outputs.list((output) => output.text())),
    heads: optional((heads) => heads.table((head) => head.text())),
  })
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > MAX_SHOWN_CHARACTERS ? `${text.slice(0, MAX_SHOWN_CHARACTERS)}…` : text
}
