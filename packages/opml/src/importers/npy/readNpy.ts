import { NpyError } from './errors.ts'

/** An array of a `.npy` file: what its header says, and its elements in row-major order, little-endian. */
export interface NpyArray {
  /** As NumPy writes it, less the byte order: `f4`, `i8`, `b1`, … */
  readonly type: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
const MAX_HEADER_BYTES = 65536
const MAX_DIMENSIONS = 32
const MAX_ARRAY_BYTES = 2 ** 31

/** Bytes of an element by type. Structures, strings, objects and complex numbers have none. */
const TYPES: ReadonlyMap<string, number> = new Map(
  ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'b1', 'V2'].map((type) => [
    type,
    Number(type.slice(1)),
  ]),
)

const SPACE = '[ \\n]{0,256}'
const TEXT = `(?:'([^'\\\\]{0,64})'|"([^"\\\\]{0,64})")`
const ENTRY = new RegExp(
  `${SPACE}(?:'(\\w{1,20})'|"(\\w{1,20})")${SPACE}:${SPACE}(?:${TEXT}|(True|False)|\\(([0-9L, \\n]{0,1024})\\))${SPACE}(,|(?=\\}))`,
  'y',
)

/**
 * Reads a NumPy array file, format versions 1.0 to 3.0, either byte order, row-major or Fortran order.
 *
 * The elements are a view into `file` where they can be used as they are.
 * @throws {NpyError} for anything else: no such file, a header that is not the dictionary NumPy writes, an element type that is no number
 *   or boolean, more or fewer bytes than the shape asks for.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readNpy(file: Uint8Array): NpyArray {
  const { header, start } = headerOf(file)
  const entries = entriesOf(header)
  const { type, isBigEndian } = typeOf(entries.get('descr')?.text)
  const shape = shapeOf(entries.get('shape')?.tuple)
  const order = entries.get('fortran_order')?.flag
  if (order === undefined) throw new NpyError({ reason: 'its header does not say fortran_order' })
  const elementBytes = TYPES.get(type) as number
  const length = shape.reduce((product, dim) => product * dim, elementBytes)
  if (!(length <= MAX_ARRAY_BYTES))
    throw new NpyError({ reason: `[${shape.join(', ')}] has more than ${MAX_ARRAY_BYTES} bytes` })
  const bytes = file.subarray(start)
  if (bytes.length !== length)
    throw new NpyError({
      reason: `[${shape.join(', ')}] of ${type} takes ${length} bytes, the file has ${bytes.length}`,
    })
  const little = isBigEndian && elementBytes > 1 ? swapped(bytes, elementBytes) : bytes
  const isTransposed = order === 'True' && shape.filter((dim) => dim !== 1).length > 1
  return { type, shape, bytes: isTransposed ? rowMajor(little, { shape, elementBytes }) : little }
}

function headerOf(file: Uint8Array): { header: string; start: number } {
  if (!MAGIC.every((byte, i) => file[i] === byte))
    throw new NpyError({ reason: 'it does not begin as a .npy file does' })
  const [major, minor] = [file[6], file[7]]
  if (!(major === 1 || major === 2 || major === 3) || minor !== 0)
    throw new NpyError({ reason: `format version ${major}.${minor}; 1.0, 2.0 and 3.0 are known` })
  const first = major === 1 ? 10 : 12
  if (file.length < first) throw new NpyError({ reason: 'it ends inside its header' })
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > MAX_HEADER_BYTES) throw new NpyError({ reason: `a header of ${length} bytes` })
  if (first + length > file.length) throw new NpyError({ reason: 'it ends inside its header' })
  const header = file.subarray(first, first + length)
  if (header.some((byte) => byte > 0x7e)) throw new NpyError({ reason: 'its header is not ASCII' })
  return { header: String.fromCharCode(...header), start: first + length }
}

/** One entry of the header's dictionary: text, `True` or `False`, or what stands between the parentheses of a tuple. */
interface Entry {
  readonly text: string | undefined
  readonly flag: string | undefined
  readonly tuple: string | undefined
}

function entriesOf(header: string): ReadonlyMap<string, Entry> {
  const entries = new Map<string, Entry>()
  const text = header.trim()
  const fail = () =>
    new NpyError({ reason: `its header is not what NumPy writes for an array of numbers: ${text.slice(0, 100)}` })
  if (!text.startsWith('{') || !text.endsWith('}')) throw fail()
  let at = 1
  while (at < text.length - 1) {
    ENTRY.lastIndex = at
    const match = ENTRY.exec(text)
    if (match === null) {
      if (text.slice(at, -1).trim() === '') break
      throw fail()
    }
    const key = (match[1] ?? match[2]) as string
    if (entries.has(key)) throw fail()
    entries.set(key, { text: match[3] ?? match[4], flag: match[5], tuple: match[6] })
    at = ENTRY.lastIndex
  }
  if ([...entries.keys()].sort((a, b) => (a < b ? -1 : 1)).join() !== 'descr,fortran_order,shape') throw fail()
  return entries
}

function typeOf(descr: string | undefined): { type: string; isBigEndian: boolean } {
  const [, order, type = ''] = /^([<>|=]?)(\w{1,8})$/.exec(descr ?? '') ?? []
  if (!TYPES.has(type)) throw new NpyError({ reason: `elements of type "${descr}" are no numbers of a known size` })
  return { type, isBigEndian: order === '>' }
}

function shapeOf(tuple: string | undefined): number[] {
  const parts = (tuple ?? '?').split(',').map((part) => part.trim())
  // One dimension is written (n,), none ().
  if (parts.at(-1) === '') parts.pop()
  if (parts.length > MAX_DIMENSIONS || parts.some((part) => !/^[0-9]{1,15}L?$/.test(part)))
    throw new NpyError({ reason: `(${(tuple ?? '').slice(0, 100)}) is no shape` })
  return parts.map((part) => Number(part.replace('L', '')))
}

function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(bytes.length)
  for (let at = 0; at < bytes.length; at += size)
    for (let i = 0; i < size; i++) result[at + i] = bytes[at + size - 1 - i]
  return result
}

/** From Fortran order, where the first dimension is the innermost. */
function rowMajor(bytes: Uint8Array, p: { shape: readonly number[]; elementBytes: number }): Uint8Array {
  const { shape, elementBytes } = p
  const result = new Uint8Array(bytes.length)
  const index = new Array<number>(shape.length).fill(0)
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, dim) => product * dim, elementBytes))
  let from = 0
  for (let to = 0; to < bytes.length; to += elementBytes) {
    for (let i = 0; i < elementBytes; i++) result[to + i] = bytes[from + i]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]
      if (++index[axis] < shape[axis]) break
      from -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return result
}
