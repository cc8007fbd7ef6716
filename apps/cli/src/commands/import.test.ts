import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OnnxDataType } from 'opml/importers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { f32, onnxFile } from '../testing/onnxSample.ts'
import { opml } from '../testing/opml.ts'

const DIGITS = 'models/mnist-784-20-10.onnx'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-import-'))
})
afterAll(() => rm(folder, { recursive: true }))

const at = (name: string): string => join(folder, name)

async function written(name: string, bytes: Uint8Array): Promise<string> {
  await writeFile(at(name), bytes)
  return at(name)
}

/** y = x + w with w in a file beside the model. */
function externalModel(location: string): Uint8Array {
  return onnxFile({
    nodes: [['Add', ['x', 'w'], 'y']],
    inputs: [{ name: 'x', shape: [2] }],
    initializers: [
      { name: 'w', dims: [2], dataType: OnnxDataType.float, external: { location, offset: 4, length: 8 } },
    ],
  })
}

describe('opml import', () => {
  test('default: a bundle, the weights in place and not copied', async () => {
    const model = await written('digits.onnx', await readFile(DIGITS))
    const { code, out } = await opml('import', model, '--out', at('digits'), '--json')
    expect(code).toBe(0)
    const json = JSON.parse(out) as { modelId: string; weightBytes: number; ownBytes: number }
    expect(json).toMatchObject({
      numNodes: 4,
      weightBytes: 4 * 15_910,
      inputs: [{ name: 'image', dtype: 'u8', shape: [1, 1, 28, 28] }],
    })
    expect((await readdir(at('digits'))).sort()).toEqual(['manifest.json', 'names.json', 'program.opmlt', 'source'])
    expect((await stat(at('digits/source/digits.onnx'))).ino).toBe((await stat(model)).ino)
    expect(json.ownBytes).toBeLessThan(8192)
  })

  test('property: the id depends on nothing but the model', async () => {
    const copy = await written('renamed.onnx', await readFile(DIGITS))
    const ids = await Promise.all(
      [DIGITS, copy].map(
        async (model, i) =>
          (JSON.parse((await opml('import', model, '--out', at(`id${i}`), '--json')).out) as { modelId: string })
            .modelId,
      ),
    )
    expect(ids[0]).toBe(ids[1])
  })

  test('default: external data beside the model', async () => {
    await mkdir(at('data'), { recursive: true })
    await written('data/w.bin', f32(9, 1, 2))
    const model = await written('external.onnx', externalModel('data/w.bin'))
    expect((await opml('import', model, '--out', at('external'))).code).toBe(0)
    expect(await readFile(at('external/source/data/w.bin'))).toEqual(Buffer.from(f32(9, 1, 2)))
    const input = await written('x.bin', f32(10, 20))
    const run = await opml('run', at('external'), '--input', `x=${input}`, '--json')
    expect(JSON.parse(run.out)).toMatchObject({ outputs: [{ name: 'y', values: [11, 22] }] })
  })

  test('error: external data that is missing, too short, or leaves the folder', async () => {
    await mkdir(at('inner'), { recursive: true })
    await written('secret.bin', f32(0, 1, 2))
    await symlink(at('secret.bin'), at('inner/link.bin'))
    await written('inner/short.bin', f32(0, 1))
    for (const [location, reason] of [
      ['nowhere.bin', 'is missing'],
      ['short.bin', 'ends before byte 12'],
      ['../secret.bin', 'lies outside the folder of the model'],
      [at('secret.bin'), 'lies outside the folder of the model'],
      ['link.bin', 'is missing'],
    ] as const) {
      const model = await written('inner/model.onnx', externalModel(location))
      const { code, err } = await opml('import', model, '--out', at('never'))
      expect(code, location).toBe(1)
      expect(err, location).toContain(reason)
    }
    await expect(stat(at('never'))).rejects.toThrow('ENOENT')
  })

  test('default: symbolic dimensions and shapes from the command line', async () => {
    const model = await written(
      'symbolic.onnx',
      onnxFile({ nodes: [['Relu', ['x'], 'y']], inputs: [{ name: 'x', shape: ['batch', 3] }] }),
    )
    expect((await opml('import', model, '--out', at('open'))).err).toContain('the dimension "batch" has no value')
    const byDim = await opml('import', model, '--out', at('byDim'), '--dim', 'batch=2', '--json')
    const byShape = await opml('import', model, '--out', at('byShape'), '--shape', 'x=2,3', '--json')
    const { modelId } = JSON.parse(byDim.out) as { modelId: string }
    expect(JSON.parse(byShape.out)).toMatchObject({ modelId, inputs: [{ shape: [2, 3] }] })
    const manifest = JSON.parse(await readFile(at('byDim/manifest.json'), 'utf8')) as unknown
    expect(manifest).toMatchObject({ bindings: { dims: { batch: 2 } } })
  })

  test('default: --bind fixes an input that decides a shape', async () => {
    const model = await written(
      'reshape.onnx',
      onnxFile({
        nodes: [
          ['Reshape', ['x', 'shape'], 'r'],
          ['Relu', ['r'], 'y'],
        ],
        inputs: [
          { name: 'x', shape: [6] },
          { name: 'shape', shape: [2], dataType: OnnxDataType.int64 },
        ],
      }),
    )
    const unbound = await opml('import', model, '--out', at('unbound'))
    expect([unbound.code, unbound.err]).toEqual([1, expect.stringContaining('("shape") decides a shape')])
    const bound = await opml('import', model, '--out', at('bound'), '--bind', 'shape=[2, 3]', '--json')
    expect(JSON.parse(bound.out)).toMatchObject({ inputs: [{ name: 'x' }], outputs: [{ name: 'y', shape: [2, 3] }] })
    const manifest = JSON.parse(await readFile(at('bound/manifest.json'), 'utf8')) as unknown
    expect(manifest).toMatchObject({
      bindings: { inputs: { shape: { dtype: 'i64', shape: [2], bytes: '0x02000000000000000300000000000000' } } },
    })
  })

  test('default: --output and --head choose the result; the bundle tells how it was made', async () => {
    const flags = ['--output', 'hidden', '--head', 'hidden=topk:2', '--json']
    const model = await written(
      'scores.onnx',
      onnxFile({
        nodes: [
          ['Neg', ['x'], 'hidden'],
          ['Softmax', ['hidden'], 'y'],
        ],
        inputs: [{ name: 'x', shape: [1, 4] }],
      }),
    )
    const { code, out } = await opml('import', model, '--out', at('scores'), ...flags)
    expect(code).toBe(0)
    const { modelId } = JSON.parse(out) as { modelId: string }
    expect(JSON.parse(out)).toMatchObject({ outputs: [{ name: 'hidden.topk', dtype: 'i64', shape: [1, 2] }] })
    const manifest = JSON.parse(await readFile(at('scores/manifest.json'), 'utf8')) as unknown
    expect(manifest).toMatchObject({ bindings: { outputs: ['hidden'], heads: { hidden: 'topk:2' } } })
    const input = await written('four.bin', f32(1, -3, 5, -7))
    const run = await opml('run', at('scores'), '--input', `x=${input}`, '--json')
    expect(JSON.parse(run.out)).toMatchObject({ modelId, outputs: [{ name: 'hidden.topk', values: [3, 1] }] })
    const direct = await opml('run', model, ...flags, '--input', `x=${input}`)
    expect(JSON.parse(direct.out)).toMatchObject({ modelId, outputs: [{ values: [3, 1] }] })
    const late = await opml('run', at('scores'), '--head', 'hidden=argmax', '--input', `x=${input}`)
    expect([late.code, late.err]).toEqual([2, expect.stringContaining('a bundle has them already')])
  })

  test.each([
    [['--output', 'nope'], 1, 'The result "nope" is no value of the model, whose outputs are "probabilities".'],
    [['--head', 'image=argmax'], 1, 'The result "image" is no result: they are "probabilities".'],
    [['--head', 'probabilities=best'], 1, 'none of argmax[:AXIS], topk:K[:AXIS] or threshold:NUMBER'],
    [['--head', 'probabilities=argmax:2'], 1, 'axis 2 of a tensor of rank 2'],
    [['--head', 'probabilities'], 2, 'not of the form NAME=VALUE'],
    [['--head', 'probabilities=argmax', '--head', 'probabilities=topk:2'], 2, 'not the only one for "probabilities"'],
  ])('error: %j', async (flags, exitCode, message) => {
    const { code, err } = await opml('import', DIGITS, '--out', at('never'), ...flags)
    expect([code, err]).toEqual([exitCode, expect.stringContaining(message)])
    await expect(stat(at('never'))).rejects.toThrow('ENOENT')
  })

  test('error: everything that is not supported is said at once', async () => {
    const nodes = [
      ['Frobnicate', ['x'], 'a'],
      ['Relu', ['a'], 'b'],
      ['Grobnicate', ['b'], 'y'],
    ] as const
    const model = await written('unsupported.onnx', onnxFile({ nodes, inputs: [{ name: 'x', shape: ['n'] }] }))
    const { code, err } = await opml('import', model, '--out', at('unsupported'))
    expect(code).toBe(1)
    expect(err).toContain('input "x": the dimension "n" has no value')
    expect(err).toContain('node "a" (Frobnicate)')
    expect(err).toContain('node "y" (Grobnicate)')
  })

  test('error: a target that is there is left alone, and --force replaces bundles alone', async () => {
    const before = await readFile(at('digits/manifest.json'))
    const again = await opml('import', DIGITS, '--out', at('digits'), '--json')
    expect([again.code, (JSON.parse(again.err) as { error: { code: string } }).error.code]).toEqual([
      1,
      'NODE_BUNDLE_TARGET',
    ])
    expect(await readFile(at('digits/manifest.json'))).toEqual(before)
    expect((await opml('import', at('renamed.onnx'), '--out', at('digits'), '--force')).code).toBe(0)
    expect(await readdir(at('digits/source'))).toEqual(['renamed.onnx'])
    const other = await opml('import', DIGITS, '--out', at('data'), '--force')
    expect([other.code, other.err]).toEqual([1, expect.stringContaining('is no bundle')])
    expect(await readdir(at('data'))).toEqual(['w.bin'])
  })

  test('error: nothing is left behind', async () => {
    const file = await written('no.onnx', Uint8Array.of(1, 2, 3))
    expect((await opml('import', file, '--out', at('no'))).code).toBe(1)
    expect((await opml('import', at('nowhere.onnx'), '--out', at('no'))).code).toBe(1)
    expect((await readdir(folder)).filter((name) => name.startsWith('.') || name === 'no')).toEqual([])
  })

  test.each([
    ['a dimension that the model does not have', ['--dim', 'batch=2']],
    ['a dimension without a value', ['--dim', 'batch']],
    ['a negative dimension', ['--dim', 'batch=-1']],
    ['a dimension twice', ['--dim', 'a=1', '--dim', 'a=2']],
    ['an input that the model does not have', ['--bind', 'k=2']],
    ['a shape with text', ['--shape', 'image=1,b']],
  ])('error: %s is wrong usage', async (_, options) => {
    expect((await opml('import', DIGITS, '--out', at('usage'), ...options)).code).toBe(2)
  })
})
