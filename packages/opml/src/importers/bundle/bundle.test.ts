import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../../core/bytes.ts'
import { keccak256 } from '../../core/keccak.ts'
import type { Program } from '../../graph/program.ts'
import type { GuestRoots } from '../../graph/programModel.ts'
import { programModel, programModelId } from '../../graph/programModel.ts'
import { parseProgram } from '../../graph/parseProgram.ts'
import { ConstantHasher } from '../../graph/constantHasher.ts'
import { InvalidProgramError } from '../../graph/errors.ts'
import { OPERATOR_TABLE } from '../../ops/index.ts'
import { type BundleFiles, isInnerPath } from './bundleFiles.ts'
import { type BundleParts, createBundle } from './createBundle.ts'
import { BundleError } from './errors.ts'
import { readBundle } from './readBundle.ts'

/** Two products with weights in a model file, a scale of the importer's own. */
const TEXT = `program 1
constant @0 "w" f32[2, 2]
constant @1 "scale" f32[1]
constant @2 "v" f32[2, 2]
input $0 "x" f32[1, 2]
section 0 steps 1 {
  %0 = MatMul f32[1, 2] a=$0:f32 view(0, 0) b=@0:f32 view(0, 2) c=@1:f32 view(0, 0) {k=2, strideA=1, strideB=1} [ v0 = acc; v1 = load c; v2 = f32.mul v0, v1 ]
  %1 = MatMul f32[1, 2] a=%0:f32 view(0, 0) b=@2:f32 view(0, 2) {k=2, strideA=1, strideB=1}
}
output "y" f32[1, 2] = section 0 %1
`
const PROGRAM: Program = parseProgram(TEXT)
const HEIGHTS = { stepHeight: 0, nodeHeight: 1, blockHeight: 0, coarseHeight: 12, fineHeight: 12 }
const GUEST: GuestRoots = {
  kernelRoot: keccak256(Uint8Array.of(1)),
  codeRoot: keccak256(Uint8Array.of(2)),
  entry: 65536,
  codeEnd: 131072,
  outputBlockAddress: 2 ** 20,
}

/** A published file: 100 bytes of something, w, then 3 bytes, then v. */
const SOURCE = Uint8Array.from({ length: 100 + 16 + 3 + 16 }, (_, i) => i)
const RANGES = { w: 100, v: 119 }

function parts(): BundleParts {
  const inPlace = (name: 'w' | 'v') => ({
    name,
    dtype: 'f32' as const,
    shape: [2, 2],
    bytes: SOURCE.subarray(RANGES[name], RANGES[name] + 16),
    file: { file: 'model.onnx', offset: RANGES[name] },
  })
  const scale = { name: 'scale', dtype: 'f32' as const, shape: [1], bytes: Uint8Array.of(0, 0, 128, 63) }
  return {
    program: PROGRAM,
    constants: [inPlace('w'), scale, inPlace('v')],
    operators: OPERATOR_TABLE,
    guest: { ...GUEST, image: 'program1' },
    heights: HEIGHTS,
    bindings: {
      dims: { batch: 1 },
      shapes: {},
      inputs: { k: { dtype: 'i64', shape: [], bytes: '0x0200000000000000' } },
    },
    source: {
      format: 'onnx',
      name: 'model.onnx',
      files: new Map([['model.onnx', { bytes: SOURCE.length, sha256: bytesToHex(keccak256(SOURCE)) }]]),
    },
    quality: '{"accuracy":0.97}',
  }
}

/** A constant as if no published file had it. */
const unplaced = ({ name, dtype, shape, bytes }: BundleParts['constants'][number]) => ({ name, dtype, shape, bytes })

function filesOf(p: BundleParts = parts()): Map<string, Uint8Array> {
  return new Map([...createBundle(p).files, ['source/model.onnx', SOURCE]])
}

class MemoryFiles implements BundleFiles {
  readonly #files: ReadonlyMap<string, Uint8Array>
  numBytesRead = 0

  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.#files = files
  }

  size = (path: string) => Promise.resolve(this.#files.get(path)?.length)

  read = (path: string, { offset, length }: { offset: number; length: number }) => {
    const bytes = this.#files.get(path)?.slice(offset, offset + length) ?? new Uint8Array(0)
    this.numBytesRead += bytes.length
    return Promise.resolve(bytes)
  }
}

const read = (files: ReadonlyMap<string, Uint8Array>) =>
  readBundle(new MemoryFiles(files), {
    operators: OPERATOR_TABLE,
    guest: (image) => Promise.resolve(image === 'program1' ? GUEST : undefined),
  })

type Json = Record<string, unknown>

/** The files with one value of the manifest changed; undefined leaves it out. `path` is such as `constants.0.offset`. */
function withManifest(path: string, change: (old: unknown) => unknown): Map<string, Uint8Array> {
  const files = filesOf()
  const root: Json = { manifest: JSON.parse(new TextDecoder().decode(files.get('manifest.json'))) }
  const keys = `manifest${path === '' ? '' : '.'}${path}`.split('.')
  const last = keys.pop() as string
  const owner = keys.reduce((value, key) => value[key] as Json, root)
  owner[last] = change(owner[last])
  return files.set('manifest.json', new TextEncoder().encode(JSON.stringify(root['manifest'])))
}

const to = (value: unknown) => () => value
const append = (list: unknown) => [...(list as unknown[]), (list as unknown[])[0]]
const withoutLast = (list: unknown) => (list as unknown[]).slice(0, -1)

async function refusal(
  files: ReadonlyMap<string, Uint8Array>,
): Promise<{ file: string; field: string; message: string }> {
  const error: unknown = await read(files).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(BundleError)
  const { file, field, message } = error as BundleError
  return { file, field, message }
}

describe('a bundle', () => {
  test('default: what was put in comes out, weights in place', async () => {
    const { program, constants, manifest, quality } = await read(filesOf())
    expect(program).toEqual(PROGRAM)
    expect(constants).toEqual(parts().constants.map(({ bytes }) => bytes))
    expect(quality).toBe('{"accuracy":0.97}')
    expect(manifest.constants.map(({ file, offset }) => [file, offset])).toEqual([
      ['source/model.onnx', 100],
      ['constants.bin', 0],
      ['source/model.onnx', 119],
    ])
    expect(createBundle(parts()).files.get('constants.bin')).toEqual(Uint8Array.of(0, 0, 128, 63))
    expect(manifest.bindings).toEqual(parts().bindings)
  })

  test('default: the id is that of the program and the bytes of its weights', async () => {
    const constantRoots = parts().constants.map(({ bytes }) => {
      const hasher = new ConstantHasher()
      hasher.update(bytes)
      return hasher.root()
    })
    const model = programModel(PROGRAM, { operators: OPERATOR_TABLE, constantRoots, guest: GUEST, heights: HEIGHTS })
    const { manifest } = await read(filesOf())
    expect(manifest.modelId).toBe(bytesToHex(programModelId(model)))
  })

  test('default: of the published file only the constants are read', async () => {
    const files = filesOf()
    const memory = new MemoryFiles(files)
    await readBundle(memory, { operators: OPERATOR_TABLE, guest: () => Promise.resolve(GUEST) })
    const own = ['manifest.json', 'program.opmlt', 'quality.json'].reduce(
      (sum, name) => sum + (files.get(name)?.length ?? 0),
      0,
    )
    expect(memory.numBytesRead).toBe(own + 16 + 4 + 16)
  })

  test('edge: nothing folded, nothing in place', async () => {
    const all = createBundle({ ...parts(), constants: parts().constants.map(unplaced) })
    expect([...all.sources]).toEqual([])
    expect(all.manifest.constants.map(({ offset }) => offset)).toEqual([0, 128, 256])
    await expect(read(all.files)).resolves.toMatchObject({ program: PROGRAM })
  })

  test('default: the choice of results is among the bindings', async () => {
    const bindings = { ...parts().bindings, outputs: ['y', 'z'], heads: { y: 'argmax', __proto__x: 'topk:2' } }
    expect((await read(filesOf({ ...parts(), bindings }))).manifest.bindings).toEqual(bindings)
  })

  test('default: names of nodes come out, cleaned; the id is the same without them', async () => {
    const named = await read(filesOf({ ...parts(), nodeNames: ['conv\u001b[31m1\u202e', 'y'] }))
    expect(named.nodeNames).toEqual(['conv\ufffd[31m1\ufffd', 'y'])
    const bare = await read(filesOf())
    expect(bare.nodeNames).toBeUndefined()
    expect((await read(filesOf({ ...parts(), nodeNames: ['', ''] }))).nodeNames).toBeUndefined()
    expect(named.manifest.modelId).toBe(bare.manifest.modelId)
  })

  test('error: names.json with another digest', async () => {
    const content = new TextEncoder().encode('["a","b"]')
    const entry = { path: 'names.json', bytes: content.length, sha256: `0x${'1'.repeat(64)}` }
    const files = withManifest('files', (list) => [...(list as unknown[]), entry]).set('names.json', content)
    expect((await refusal(files)).file).toBe('names.json')
  })

  test('error: the verifier names the node as the model does', () => {
    const program = parseProgram(TEXT.replace('view(0, 2) {k=2', 'view(0, 9) {k=2'))
    expect(() => createBundle({ ...parts(), program, nodeNames: ['first', 'second'] })).toThrow(
      'Section 0, node 1 ("second"): ',
    )
  })

  test('edge: two constants may share a range', async () => {
    const [w, scale] = parts().constants
    const { manifest } = await read(filesOf({ ...parts(), constants: [w, scale, { ...w, name: 'v' }] }))
    expect(manifest.constants[2]).toEqual(manifest.constants[0])
  })

  test('edge: a constant without bytes, in the bundle or past the end of its file, with and without others', async () => {
    const empty = { name: 'none', dtype: 'f32' as const, shape: [0], bytes: new Uint8Array(0) }
    const [w, scale, v] = parts().constants
    const wide = { ...w, name: 'scale' }
    for (const second of [scale, wide])
      for (const last of [empty, { ...empty, file: { file: 'model.onnx', offset: 999 } }]) {
        const constants = [w, second, v, last]
        const { constants: bytes } = await read(filesOf({ ...parts(), program: { ...PROGRAM, constants }, constants }))
        expect(bytes).toEqual(constants.map((constant) => constant.bytes))
      }
  })

  test('error: a program that the verifier refuses is not written', () => {
    expect(() => createBundle({ ...parts(), heights: { ...HEIGHTS, coarseHeight: 1, fineHeight: 1 } })).toThrow(
      InvalidProgramError,
    )
  })
})

describe('a hostile bundle', () => {
  test.each(['manifest.json', 'program.opmlt', 'constants.bin', 'source/model.onnx', 'quality.json'])(
    'error: %s is missing, cut by a byte, or a byte longer',
    async (name) => {
      const bytes = filesOf().get(name) as Uint8Array
      const without = filesOf()
      without.delete(name)
      const cut = filesOf().set(name, bytes.slice(0, name === 'manifest.json' ? -2 : -1))
      const long = filesOf().set(name, Uint8Array.from([...bytes, 65]))
      for (const files of [without, cut, long]) expect((await refusal(files)).file).toBe(name)
    },
  )

  test('error: any bit of a constant turned names the constant', async () => {
    for (const [name, offset] of [
      ['source/model.onnx', 100],
      ['source/model.onnx', 134],
      ['constants.bin', 3],
    ] as const) {
      const bytes = Uint8Array.from(filesOf().get(name) as Uint8Array)
      bytes[offset] = (bytes[offset] as number) ^ 1
      const { file, message } = await refusal(filesOf().set(name, bytes))
      expect(file).toBe(name)
      expect(message).toMatch(/constant [012] \("(w|v|scale)"\) has the root/)
    }
  })

  test('edge: a byte of the published file that no constant has does not matter', async () => {
    const bytes = Uint8Array.from(SOURCE)
    bytes[117] = 99
    await expect(read(filesOf().set('source/model.onnx', bytes))).resolves.toBeDefined()
  })

  test('error: another program of the same length has another digest', async () => {
    const text = TEXT.replace('"y"', '"z"')
    const { file, message } = await refusal(filesOf().set('program.opmlt', new TextEncoder().encode(text)))
    expect([file, message]).toEqual(['program.opmlt', expect.stringContaining('its sha256 is 0x')])
  })

  test('error: a program that is no text, no program, or one that the verifier refuses', async () => {
    const { createHash } = await import('node:crypto')
    const put = (content: Uint8Array) => {
      const sha256 = `0x${createHash('sha256').update(content).digest('hex')}`
      return withManifest('files.0', () => ({ path: 'program.opmlt', bytes: content.length, sha256 })).set(
        'program.opmlt',
        content,
      )
    }
    const text = (from: string, to: string) => new TextEncoder().encode(TEXT.replace(from, to))
    expect((await refusal(put(Uint8Array.of(0xff)))).message).toContain('it is not UTF-8')
    expect((await refusal(put(text('program 1', 'program 2')))).message).toContain('Line 1, column 9')
    expect((await refusal(put(text('view(0, 2) c', 'view(0, 9) c')))).message).toContain('Section 0, node 0')
    expect(await refusal(put(text('"x" f32[1, 2]', '"x" f32[2, 1]')))).toMatchObject({
      file: 'manifest.json',
      field: 'inputs[0]',
    })
    expect(await refusal(put(text('f32[1, 2] = section', 'f32[2] = section')))).toMatchObject({ field: 'outputs[0]' })
  })

  const HASH = `0x${'1'.repeat(64)}`
  test.each([
    ['no object', '', to([]), ''],
    ['a missing field', 'guest', to(undefined), 'guest'],
    ['an unknown field', 'extra', to(1), 'extra'],
    ['results that are no list', 'bindings.outputs', to('y'), 'bindings.outputs'],
    ['a result without a name', 'bindings.outputs', to([1]), 'bindings.outputs[0]'],
    ['heads that are a list', 'bindings.heads', to(['argmax']), 'bindings.heads'],
    ['a head that is no text', 'bindings.heads', to({ y: 1 }), 'bindings.heads["y"]'],
    ['an unknown field inside', 'constants.1.extra', to(1), 'constants[1].extra'],
    ['a field named as one of Object', 'constructor', to(1), 'constructor'],
    ['another format', 'format', to('zip'), 'format'],
    ['a later version', 'version', to(2), 'version'],
    ['another model id', 'modelId', to(HASH), 'modelId'],
    ['another program root', 'programRoot', to(HASH), 'programRoot'],
    ['another weights root', 'weightsRoot', to(HASH), 'weightsRoot'],
    ['a short hash', 'modelId', to('0x12'), 'modelId'],
    ['a hash in capitals', 'modelId', (id: unknown) => String(id).toUpperCase(), 'modelId'],
    ['an image that is not shipped', 'guest.image', to('program9'), 'guest.image'],
    ['an image path', 'guest.image', to('../../evil'), 'guest.image'],
    ['another kernel root', 'guest.kernelRoot', to(HASH), 'guest.kernelRoot'],
    ['another entry', 'guest.entry', to(0), 'guest.entry'],
    ['huge heights', 'heights.coarseHeight', to(1000), 'heights.coarseHeight'],
    ['a fractional height', 'heights.fineHeight', to(0.5), 'heights.fineHeight'],
    ['other heights than the id binds', 'heights.blockHeight', to(3), 'modelId'],
    ['too few constants', 'constants', withoutLast, 'constants'],
    ['a constant in a file that is not listed', 'constants.0.file', to('other.bin'), 'constants[0].file'],
    ['a constant outside', 'constants.0.file', to('../model.onnx'), 'constants[0].file'],
    ['a constant past the end', 'constants.0.offset', to(120), 'constants[0].offset'],
    ['a constant at 2^53', 'constants.0.offset', to(2 ** 53), 'constants[0].offset'],
    ['a negative offset', 'constants.0.offset', to(-1), 'constants[0].offset'],
    ['another root of a constant', 'constants.0.root', to(HASH), 'byte 100'],
    ['a file twice', 'files', append, 'files'],
    ['an absolute path', 'files.0.path', to('/etc/passwd'), 'files[0].path'],
    ['a path with ..', 'files.0.path', to('source/../../x'), 'files[0].path'],
    ['a path of another system', 'files.0.path', to('C:\\x'), 'files[0].path'],
    ['a huge size', 'files.0.bytes', to(2 ** 60), 'files[0].bytes'],
    ['the program not listed', 'files', (list: unknown) => (list as unknown[]).slice(1), 'files'],
    ['an input twice', 'inputs', append, 'inputs'],
    ['another input type', 'inputs.0.dtype', to('f16'), 'inputs[0]'],
    ['an unknown type', 'inputs.0.dtype', to('f128'), 'inputs[0].dtype'],
    ['seven dimensions', 'inputs.0.shape', to([1, 1, 1, 1, 1, 1, 1]), 'inputs[0].shape'],
    ['no outputs', 'outputs', to([]), 'outputs'],
    ['a binding that is no size', 'bindings.dims.batch', to(-1), 'bindings.dims["batch"]'],
  ])('error: %s', async (_, path, change, field) => {
    expect((await refusal(withManifest(path, change))).field).toBe(field)
  })

  test('error: ranges that overlap so that a small file fills memory', async () => {
    const bytes = new Uint8Array(2 ** 20)
    const numConstants = 100
    const constant = (i: number) => ({
      name: `c${i}`,
      dtype: 'u8' as const,
      shape: [2 ** 19],
      bytes: bytes.subarray(i, i + 2 ** 19),
      file: { file: 'model.onnx', offset: i },
    })
    const constants = Array.from({ length: numConstants }, (_, i) => constant(i))
    const program: Program = { ...PROGRAM, constants: [...PROGRAM.constants, ...constants] }
    const p = {
      ...parts(),
      program,
      constants: [...parts().constants.map(unplaced), ...constants],
    }
    const source = {
      ...p.source,
      files: new Map([['model.onnx', { bytes: bytes.length, sha256: bytesToHex(keccak256(bytes)) }]]),
    }
    const files = new Map([...createBundle({ ...p, source }).files, ['source/model.onnx', bytes]])
    expect((await refusal(files)).message).toContain('overlap')
  })

  test('error: a manifest that is not JSON, not UTF-8, or too long', async () => {
    const manifest = (bytes: Uint8Array) => filesOf().set('manifest.json', bytes)
    expect((await refusal(manifest(Uint8Array.of(123)))).message).toContain('it is not JSON')
    expect((await refusal(manifest(Uint8Array.of(0xff)))).message).toContain('it is not UTF-8')
    expect((await refusal(manifest(new Uint8Array(2 ** 26 + 1)))).message).toContain('too many')
  })
})

test('error: texts', () => {
  const errors = [
    new BundleError({ file: 'manifest.json', field: 'guest.entry', reason: '0; the image "program1" has 65536' }),
    new BundleError({ file: 'constants.bin', reason: 'it is missing' }),
  ]
  expect(errors.map(({ code, message }) => `${code}: ${message}`)).toMatchInlineSnapshot(`
    [
      "BUNDLE_INVALID: The bundle is not valid: manifest.json, guest.entry: 0; the image "program1" has 65536.",
      "BUNDLE_INVALID: The bundle is not valid: constants.bin: it is missing.",
    ]
  `)
})

test('edge: paths inside and outside', () => {
  for (const path of ['a', 'a/b.bin', 'a..b', '...', 'ä']) expect(isInnerPath(path), path).toBe(true)
  for (const path of [
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    './a',
    '..',
    'a/..',
    'a\\b',
    'a\0',
    'a\n',
    'c:',
    'x'.repeat(1025),
  ])
    expect(isInnerPath(path), path).toBe(false)
})
