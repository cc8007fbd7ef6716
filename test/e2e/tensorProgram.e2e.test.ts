import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSafetensors, readMnistF32, readNpyTensor, runMnistF32 } from 'opml/importers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorOf, runCli } from './runCli.ts'

/** A user's folder: the published model and a digit, nothing else. */
let cwd: string

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'opml-tensor-'))
  await cp('models/mnist-784-20-10.onnx', join(cwd, 'digits.onnx'))
  await cp('models/digits/7.bin', join(cwd, '7.bin'))
})

afterAll(() => rm(cwd, { recursive: true, force: true }))

const opml = (...args: string[]) => runCli([...args, '--json'], cwd)

describe('a model from its file to a result', () => {
  test('default: import, inspect, run; the result is that of the network in TypeScript', async () => {
    const imported = await opml('import', 'digits.onnx', '--out', 'bundle')
    expect([imported.exitCode, imported.stderr]).toEqual([0, ''])
    const { modelId } = JSON.parse(imported.stdout) as { modelId: string }

    const inspected = await opml('inspect', 'bundle')
    expect(JSON.parse(inspected.stdout)).toMatchObject({ modelId, numNodes: 4, source: { name: 'digits.onnx' } })

    const run = await opml('run', 'bundle', '--input', 'image=7.bin', '--out', 'result', '--check', '--threads', '2')
    expect([run.exitCode, run.stderr]).toEqual([0, ''])
    expect(JSON.parse(run.stdout)).toMatchObject({ modelId, isReferenceEqual: true })

    const network = readMnistF32(parseSafetensors(await readFile('models/mnist-784-20-10.safetensors')))
    const { digit, probabilities } = runMnistF32(network, await readFile('models/digits/7.bin'))
    const { bytes } = readNpyTensor(await readFile(join(cwd, 'result/probabilities.npy')), 'f32')
    expect(digit).toBe(7)
    expect(new Float32Array(Uint8Array.from(bytes).buffer)).toEqual(probabilities)
  })

  test('error: the bundle notices that its weights were changed in the published file', async () => {
    const bytes = await readFile(join(cwd, 'digits.onnx'))
    bytes[40_000] = (bytes[40_000] as number) ^ 1
    await writeFile(join(cwd, 'digits.onnx'), bytes)
    const run = await opml('run', 'bundle', '--input', '7.bin')
    expect([run.exitCode, run.stdout]).toEqual([1, ''])
    expect(errorOf(run)).toMatchObject({
      code: 'BUNDLE_INVALID',
      message: expect.stringContaining('constant 0 ("fc1.weight")'),
    })
  })
})
