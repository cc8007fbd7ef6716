import type { TaskView } from 'opml/chain'

/** One thing that a role has to do next, decided from chain and store alone. */
export type Work =
  /** Compute the answer and post it. */
  | { readonly kind: 'answer'; readonly task: TaskView }
  /** Compute the answer; challenge the posted one if they differ. */
  | { readonly kind: 'check'; readonly task: TaskView }
  /** Make the moves that the game asks of the own history. */
  | { readonly kind: 'play'; readonly task: TaskView }
  | { readonly kind: 'resolve'; readonly task: TaskView }
  | { readonly kind: 'deliver'; readonly task: TaskView }
  | { readonly kind: 'refund'; readonly task: TaskView }
  | { readonly kind: 'withdraw'; readonly from: 'market' | 'tournament'; readonly amountWei: bigint }
