export { OPERATORS } from 'opml/ops'
