import { cp, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseProgram } from 'opml/graph'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { opml } from '../testing/opml.ts'

const DIGITS = 'models/mnist-784-20-10.onnx'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'opml-inspect-'))
  await opml('import', DIGITS, '--out', join(folder, 'digits'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('opml inspect', () => {
  test('default: a bundle and the file that it was made from show the same', async () => {
    const [bundle, file] = [
      await opml('inspect', join(folder, 'digits'), '--json'),
      await opml('inspect', DIGITS, '--json'),
    ]
    const { unfusedBytes, ...ofFile } = JSON.parse(file.out)
    expect([bundle.code, JSON.parse(bundle.out)]).toEqual([0, ofFile])
    // Besides what is left: the pixels cast to f32, the sums twice (with their bias, without), the logits once.
    expect(unfusedBytes).toBe(ofFile.committedBytes + 4 * (784 + 2 * 20 + 10))
    expect(ofFile).toMatchObject({
      numNodes: 4,
      weightBytes: 4 * 15_910,
      inPlaceBytes: 4 * 15_910,
      // 784 pixels, 20 sums, 10 logits, 10 probabilities in f32.
      committedBytes: 4 * (784 + 20 + 10 + 10),
      heights: { stepHeight: 0, nodeHeight: 2, blockHeight: 5, coarseHeight: 12, fineHeight: 12 },
      nodes: [
        { op: 'Map', shape: [1, 1, 28, 28], operands: ['$0'] },
        { op: 'MatMul', shape: [1, 20], outputBytes: 80 },
        { op: 'MatMul', shape: [1, 10] },
        { op: 'Softmax', shape: [1, 10] },
      ],
    })
  })

  test('default: people see inputs, nodes and the model id', async () => {
    const { out } = await opml('inspect', DIGITS)
    expect(out).toContain('input   image  u8[1, 1, 28, 28]')
    expect(out).toMatch(/%1 +│ MatMul +│ hidden +│/)
    expect(out).toMatch(/model id {8}0x[0-9a-f]{64}\n$/)
  })

  test('default: --text prints a program that parses', async () => {
    const { out } = await opml('inspect', join(folder, 'digits'), '--text')
    expect(parseProgram(out).sections[0]?.nodes).toHaveLength(4)
  })

  test('error: a bundle whose file leads out of it', async () => {
    const [bundle, outside] = [join(folder, 'linked'), join(folder, 'outside.onnx')]
    await cp(join(folder, 'digits'), bundle, { recursive: true })
    await cp(DIGITS, outside)
    await unlink(join(bundle, 'source/mnist-784-20-10.onnx'))
    await symlink(outside, join(bundle, 'source/mnist-784-20-10.onnx'))
    const { code, err } = await opml('inspect', bundle)
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('source/mnist-784-20-10.onnx: it is missing or lies outside the bundle'),
    ])
  })

  test('error: a folder in the place of a file, a folder that is no bundle, nothing at all', async () => {
    await writeFile(join(folder, 'file'), 'hello')
    for (const [path, text] of [
      [folder, 'manifest.json (the bundle) cannot be read'],
      [join(folder, 'nowhere'), 'cannot be read'],
      [join(folder, 'file'), 'The ONNX model is not well formed'],
    ] as const) {
      const { code, err } = await opml('inspect', path)
      expect([code, err]).toEqual([1, expect.stringContaining(text)])
    }
  })

  test('error: import options with a bundle are wrong usage', async () => {
    expect((await opml('inspect', join(folder, 'digits'), '--dim', 'n=1')).code).toBe(2)
  })
})
