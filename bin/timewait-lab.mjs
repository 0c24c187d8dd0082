#!/usr/bin/env node
// The command of the installed package: what the build left in dist/, with nothing to build and nothing to resolve.
import '../dist/cli.mjs';
