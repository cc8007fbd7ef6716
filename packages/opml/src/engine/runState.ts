/** What a run of one loaded program goes on from, between two steps: copies of outputs that later steps read. */
export interface RunState {
  /** Section and step that come next. */
  readonly section: number
  readonly step: number
  /** Their step position. */
  readonly position: number
  readonly parts: readonly { readonly address: number; readonly bytes: Uint8Array }[]
  /** Bytes of all parts. */
  readonly numBytes: number
}

/** A step that a traced run has computed. */
export interface TracedStep {
  readonly position: number
  /** Roots of the step's outputs in the order of the nodes, 32 bytes each. Valid during the call only. */
  readonly roots: Uint8Array
  /** Copies what a run can go on from after this step; undefined after the last one. To be called during the call only. */
  readonly state: () => RunState | undefined
}

/** What is wanted of a traced run. */
export interface TraceOptions {
  /** Roots are those of trees of this height (spec/05-trace.md). */
  readonly blockHeight: number
  /** Called after each step that is computed, in order. */
  readonly onStep: (step: TracedStep) => void
}
