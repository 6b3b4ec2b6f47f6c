import type { ColumnType } from '../../../learn/matrix/table.js';
import type { PipelineRecipe } from '../../../learn/pipeline/fitted-pipeline.js';
import type { InputColumn } from '../../../learn/pipeline/signature.js';
import { planRecipe } from '../../../learn/recipe/plan-recipe.js';
import type { RecipeColumn } from '../../../learn/recipe/recipe-plan.js';
import { addExpression, type Cells } from './expression-graph.js';
import type { GraphBuilder, Value } from './graph-builder.js';
import { NotExpressible } from './not-expressible.js';

/** What the encoders take, by name: what comes in, or what the recipe makes of it. */
export type ValueOf = (input: InputColumn) => Value;

/** Adds the inputs of a model to its graph, and what its recipe does to a row. */
export function addInputs(
  graph: GraphBuilder,
  inputs: readonly InputColumn[],
  recipe: PipelineRecipe | null,
): ValueOf {
  const sent = new Map<string, Value>();
  for (const { name, type } of inputs) {
    if (name === '') throw new NotExpressible('a column has no name');
    sent.set(name, graph.input(name, type === 'text' ? 'string' : 'double'));
  }
  if (recipe === null) return ({ name }) => sent.get(name) as Value;
  const cells = applySteps(graph, recipe, sent);
  const typeOf = new Map(recipe.recipe.outputs.map(({ name, type }) => [name, type]));
  return ({ name, type }) => asType(graph, cells.get(name) as Value, typeOf.get(name) as ColumnType, type);
}

function applySteps(graph: GraphBuilder, { recipe }: PipelineRecipe, sent: Cells): Cells {
  const cells = new Map(sent);
  const shape = graph.apply('Shape', [sent.get((recipe.inputs[0] as RecipeColumn).name) as Value]);
  for (const step of planRecipe(recipe.steps, recipe.inputs).plan.steps) {
    if (step.kind === 'assign') {
      const value = addExpression(graph, step.expression, cells);
      // A constant is one value until here, and one a row from here on.
      cells.set(step.column, graph.apply('Expand', [value, shape]));
    } else if (step.kind === 'drop') {
      for (const name of step.columns) cells.delete(name);
    } else if (step.kind === 'rename') {
      cells.set(step.to, cells.get(step.from) as Value);
      cells.delete(step.from);
    } else throw new NotExpressible('its recipe has a step that is not for rows');
  }
  return cells;
}

/** As the service hands a cell that the recipe has made to an encoder of another type. */
function asType(graph: GraphBuilder, value: Value, from: ColumnType, to: ColumnType): Value {
  if (from === to || (to === 'number' && from !== 'text')) return value;
  if (to !== 'text' || from !== 'boolean') {
    throw new NotExpressible(`its recipe makes a column of type ${from} that is used as ${to}`);
  }
  const word = (flag: number, text: string, otherwise: Value): Value =>
    graph.where(graph.apply('Equal', [value, graph.numbers(flag)]), graph.texts(text), otherwise);
  return word(1, 'true', word(0, 'false', graph.texts('')));
}
