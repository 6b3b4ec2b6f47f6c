import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Put,
  Query,
  Res,
} from '@nestjs/common';
import type { Response } from 'express';
import { CredentialHandoff } from '../../auth/credential-handoff.js';
import { VersionQuery } from '../datasets.dto.js';
import { recipeView } from './recipe.js';
import { PreviewBody, RecipeBody, RecipePath } from './recipes.dto.js';
import { RecipesService } from './recipes.service.js';

/** Recipes, for those who may read or write the data set. */
@Controller('datasets/:id/recipes')
export class RecipesController {
  constructor(
    private readonly credentials: CredentialHandoff,
    private readonly recipes: RecipesService,
  ) {}

  @Get()
  async list(@Param('id') id: string, @Headers('authorization') authorization: string | undefined) {
    await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'read' });
    return { recipes: (await this.recipes.list(id)).map(recipeView) };
  }

  @Put(':name')
  async put(
    @Param() { id, name }: RecipePath,
    @Body() { steps }: RecipeBody,
    @Headers('authorization') authorization: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'write' });
    const { recipe, isFirst } = await this.recipes.put(id, name, steps);
    response.status(isFirst ? 201 : 200);
    if (isFirst) response.setHeader('Location', `/datasets/${id}/recipes/${name}`);
    return recipeView(recipe);
  }

  @Get(':name')
  async get(
    @Param() { id, name }: RecipePath,
    @Query() { version }: VersionQuery,
    @Headers('authorization') authorization: string | undefined,
  ) {
    await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'read' });
    return recipeView(await this.recipes.get(id, name, version));
  }

  @Delete(':name')
  @HttpCode(204)
  async delete(
    @Param() { id, name }: RecipePath,
    @Headers('authorization') authorization: string | undefined,
  ): Promise<void> {
    await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'write' });
    await this.recipes.delete(id, name);
  }

  @Post(':name/preview')
  @HttpCode(200)
  async preview(
    @Param() { id, name }: RecipePath,
    @Body() { steps }: PreviewBody,
    @Headers('authorization') authorization: string | undefined,
  ) {
    await this.credentials.authorize(authorization, { kind: 'dataset', id, action: 'read' });
    return this.recipes.preview(id, name, steps);
  }
}
