#!/usr/bin/env node
import "nadaraya/cli";
