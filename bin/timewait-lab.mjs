#!/usr/bin/env node
// The command of the installed package: runs the prebuilt bundle.
import '../dist/cli.mjs';
