/** A parsed comparison over metrics; see expression.ts for the language. */
export type Node =
  | { kind: 'number'; value: number }
  | { kind: 'text'; value: string }
  | { kind: 'flag'; value: boolean }
  | { kind: 'metric'; name: string }
  | { kind: 'baseline' }
  | { kind: 'call'; name: 'abs' | 'min' | 'max'; args: Node[] }
  | { kind: 'not' | 'negative'; of: Node }
  | { kind: 'arithmetic'; operator: '+' | '-' | '*' | '/'; left: Node; right: Node }
  | { kind: 'comparison'; operator: Comparator; left: Node; right: Node }
  | { kind: 'logic'; operator: '&&' | '||'; left: Node; right: Node };

export type Comparator = '<' | '<=' | '>' | '>=' | '==' | '!=';

export interface Expression {
  text: string;
  root: Node;
  /** Names of the metrics in it, each once, in order. */
  metrics: string[];
  usesBaseline: boolean;
}

/** All nodes of a tree, depth first, left to right. */
export function nodesOf(node: Node): Node[] {
  switch (node.kind) {
    case 'call':
      return [node, ...node.args.flatMap(nodesOf)];
    case 'not':
    case 'negative':
      return [node, ...nodesOf(node.of)];
    case 'arithmetic':
    case 'comparison':
    case 'logic':
      return [node, ...nodesOf(node.left), ...nodesOf(node.right)];
    default:
      return [node];
  }
}
