/** One measured number, with the peer's number from the same run where there is a peer. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** What it is compared with. */
  readonly peer?: string
  readonly peerValue?: number
  /** How often better than the peer. */
  readonly ratio?: number
  /** The bound that must hold: on the ratio where there is a peer, otherwise on the value. */
  readonly limit?: { readonly kind: 'at least' | 'at most'; readonly value: number }
}

/** One question that a benchmark answers. */
export interface Bench {
  readonly name: string
  /** What it measures, one line. */
  readonly about: string
  run(): Promise<Figure[]>
}

/** True when the figure's bound holds, or when it has none. */
export function isWithinLimit({ value, ratio, limit }: Figure): boolean {
  if (limit === undefined) return true
  const measured = ratio ?? value
  return limit.kind === 'at least' ? measured >= limit.value : measured <= limit.value
}

const digits = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3))

/** The figures as a table for people. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.name,
    `${digits(figure.value)} ${figure.unit}`,
    figure.peer === undefined ? '' : `${figure.peer} ${digits(figure.peerValue ?? Number.NaN)} ${figure.unit}`,
    figure.ratio === undefined ? '' : `${figure.ratio.toFixed(2)}×`,
    figure.limit === undefined ? '' : `${figure.limit.kind} ${figure.limit.value}`,
    isWithinLimit(figure) ? '' : 'MISSED',
  ])
  const table = [['figure', 'value', 'peer', 'ratio', 'limit', ''], ...rows]
  const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)))
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
