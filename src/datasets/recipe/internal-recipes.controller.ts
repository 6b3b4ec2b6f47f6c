import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { ServiceTokenGuard } from '../../auth/service-token.guard.js';
import { VersionQuery } from '../datasets.dto.js';
import { recipeView } from './recipe.js';
import { RecipePath } from './recipes.dto.js';
import { RecipesService } from './recipes.service.js';

/** Recipes, for the data server. */
@Controller('internal/datasets/:id/recipes')
@UseGuards(ServiceTokenGuard)
export class InternalRecipesController {
  constructor(private readonly recipes: RecipesService) {}

  @Get()
  async list(@Param('id') id: string) {
    return { recipes: (await this.recipes.list(id)).map(recipeView) };
  }

  @Get(':name')
  async get(@Param() { id, name }: RecipePath, @Query() { version }: VersionQuery) {
    return recipeView(await this.recipes.get(id, name, version));
  }
}
