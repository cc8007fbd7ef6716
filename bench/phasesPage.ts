import { writeFileSync } from 'node:fs'
import * as echarts from 'echarts'
import { measurePhases, type PhasesPoint } from './phases.ts'

const PAGE = 'docs/phases.md'
const PLOT = 'docs/phases.svg'
const WIDTH = 960
const HEIGHT = 420

type Game = 'onePhase' | 'multiPhase'
type Quantity = 'leaves' | 'seconds'

const GAMES: readonly { readonly game: Game; readonly name: string; readonly color: string }[] = [
  { game: 'onePhase', name: 'one phase', color: '#b3342d' },
  { game: 'multiPhase', name: 'multi-phase', color: '#1f6fb2' },
]
/** One line style for each number of instructions. */
const LINES = ['solid', 'dashed', 'dotted'] as const

/** One line of a plot: a game at one number of instructions, over the number of nodes. */
function series(points: readonly PhasesPoint[], quantity: Quantity, panel: number): echarts.SeriesOption[] {
  const sizes = [...new Set(points.map(({ instructions }) => instructions))]
  return GAMES.flatMap(({ game, name, color }) =>
    sizes.map((size, i) => ({
      type: 'line' as const,
      name: `${name}, m = ${size.toLocaleString('en')}`,
      xAxisIndex: panel,
      yAxisIndex: panel,
      symbolSize: 6,
      color,
      lineStyle: { type: LINES[i % LINES.length], color },
      data: points.filter(({ instructions }) => instructions === size).map((p) => [p.nodes, p[game][quantity]]),
    })),
  )
}

/** Leaves on the left, seconds on the right, both axes logarithmic. */
function plot(points: readonly PhasesPoint[]): string {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: HEIGHT })
  const axis = { type: 'log' as const, nameLocation: 'middle' as const }
  const grid = { top: 30, bottom: 110, width: 370 }
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    grid: [
      { ...grid, left: 80 },
      { ...grid, left: 560 },
    ],
    legend: { bottom: 0, itemWidth: 40 },
    xAxis: [0, 1].map((gridIndex) => ({ ...axis, gridIndex, name: 'nodes n', nameGap: 28, logBase: 4 })),
    yAxis: [
      { ...axis, gridIndex: 0, name: 'hashed leaves', nameGap: 62 },
      { ...axis, gridIndex: 1, name: 'seconds', nameGap: 50 },
    ],
    series: [...series(points, 'leaves', 0), ...series(points, 'seconds', 1)],
  })
  const svg = chart.renderToSVGString()
  chart.dispose()
  return svg
}

const seconds = (value: number): string => value.toPrecision(2)
const count = (value: number): string => value.toLocaleString('en')

function page(points: readonly PhasesPoint[]): string {
  const rows = points.map(({ nodes, instructions, onePhase, multiPhase }) => {
    const [fewer, faster] = [onePhase.leaves / multiPhase.leaves, onePhase.seconds / multiPhase.seconds]
    const cells = [
      ...[nodes, instructions, onePhase.leaves, multiPhase.leaves].map(count),
      `${fewer.toFixed(0)}×`,
      ...[onePhase.seconds, multiPhase.seconds].map(seconds),
      `${faster.toFixed(0)}×`,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return `# One phase and several

What a party has to hash before it can defend a claim. In a **one-phase** game its claim is a tree over the machine's state after every instruction of the whole run: m·n leaves for n nodes of m
instructions. In the **multi-phase** game the claim is a tree over the outputs of the nodes, and only below the node in dispute a tree over instructions: n + m leaves. Everything else of a run happens at native speed.

![Leaves and seconds over the number of nodes: straight lines of slope one for one phase, nearly flat ones for several](phases.svg)

Both axes are logarithmic. The lines of one phase rise with n and with m; those of several phases stay where m puts them until n comes near m.

| nodes n | instructions m | leaves, one phase | leaves, multi-phase | fewer | s, one phase | s, multi-phase | faster |
|---:|---:|---:|---:|---:|---:|---:|---:|
${rows.join('\n')}

Written by \`npm run docs:phases\`: chains of n \`MatMul\` nodes, each one sum of products, run by the released guest image; \`npm run bench -- phases\` prints the same figures. Everything is executed and hashed, nothing is
extrapolated. Times are of one thread on a shared machine; they include the execution. A node with an output of more than one 128-byte block has that many leaves in the upper tree; the machine's tree is about one
block alone. Real games split the machine's tree once more, into strides and single instructions (VM coarse and fine, [spec/05](../spec/05-trace.md)), which makes m into about m/4096 + 4096 leaves.
`
}

const points = await measurePhases()
writeFileSync(PLOT, `${plot(points)}\n`)
writeFileSync(PAGE, page(points))
console.log(`${PAGE}, ${PLOT}: ${points.length} points`)
