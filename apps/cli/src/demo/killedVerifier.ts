import type { TaskView } from 'opml/chain'
import type { PlayContext } from './scenario.ts'

export async function killedVerifier(_: PlayContext): Promise<TaskView> {
  throw new Error('soon')
}
