/** The options of the model, of the places, and of the answers. */
import { kernelNames } from "../../index.ts";
import { AT_PLACES, type Entry, FITS, SHARDED, WEIGHTED } from "./entry.ts";
import {
  bandwidthOption,
  collect,
  exponent,
  probabilities,
  share,
  whole,
  wholeBetween,
  widths,
  wordsOf,
} from "./values.ts";

const COORDINATES = ["continuous", "aitchison-aitken", "li-racine", "wang-van-ryzin"];

/** Places of a grid along one column: more are refused whatever the others are. */
const MOST_PLACES = 5e7;

export const FIT_OPTIONS: readonly Entry[] = [
  {
    flags: "--x <columns>",
    text: "columns of the keys, comma-separated; may be repeated",
    ...{ commands: WEIGHTED, parse: collect, isRequired: true, overShards: true },
  },
  {
    flags: "--y <columns>",
    text: "columns of the values, comma-separated; may be repeated",
    ...{ commands: ["regress"], parse: collect, isRequired: true, overShards: true },
  },
  {
    flags: "--y <column>",
    text: "column of the values; without it the density is drawn",
    ...{ commands: ["plot"], parse: collect },
  },
  {
    flags: "--y <columns>",
    text: "columns of the values, for a regression; without it the bandwidth is for a density",
    ...{ commands: ["bandwidth"], parse: collect },
  },
  {
    flags: "--y <columns>",
    text: "columns of the values; without them the sums are for a density",
    ...{ commands: ["partial"], parse: collect },
  },
  {
    flags: "--label <column>",
    text: "column of the classes",
    ...{ commands: ["classify"], isRequired: true },
  },
  {
    flags: "--priors <priors>",
    text: "prior probabilities of the classes: their shares of the rows, or all equal",
    ...{ commands: ["classify"], choices: ["shares", "equal"], default: "shares" },
  },
  {
    flags: "--kernel <name>",
    text: "how the weight of a row decreases with its distance",
    choices: kernelNames.filter((name) => name !== "von-mises-fisher"),
    ...{ commands: WEIGHTED, default: "gaussian", overShards: true },
  },
  {
    flags: "--bandwidth <bandwidth>",
    text: "bandwidth: a number, one for each column of keys, or a rule: scott, silverman, loo, …",
    ...{ commands: FITS, parse: bandwidthOption, default: "scott", overShards: true },
  },
  {
    flags: "--bandwidth <bandwidth>",
    text: "bandwidth: a number, or one for each column of keys, the same for all shards",
    ...{ commands: ["partial"], parse: widths, isRequired: true },
  },
  {
    flags: "--shape <shape>",
    text: "whether the kernel is of the distance, or a product over the columns of keys",
    ...{ commands: WEIGHTED, choices: ["radial", "product"], default: "radial", overShards: true },
  },
  {
    flags: "--coordinates <kinds>",
    text: "kind of each column of keys, comma-separated: continuous, or a kernel of categories that are numbers: aitchison-aitken, li-racine or wang-van-ryzin",
    ...{ commands: FITS, parse: wordsOf(COORDINATES) },
  },
  {
    flags: "--sample-weights <column>",
    text: "column of positive weights of the rows",
    ...{ commands: WEIGHTED, overShards: true },
  },
  {
    flags: "--weight-type <type>",
    text: "meaning of the weights for errors and rules: a row counts more or less, stands for as many rows, or has a value of this precision (1 / variance)",
    choices: ["importance", "frequency", "precision"],
    ...{ commands: WEIGHTED, default: "importance", overShards: true },
  },
  {
    flags: "--missing <policy>",
    text: "what to do with rows that have an empty cell: stop, or leave them out",
    ...{ commands: WEIGHTED, choices: ["error", "drop"], default: "error", overShards: true },
  },
  {
    flags: "--degree <degree>",
    text: "degree of the local polynomial",
    choices: ["0", "1", "2"],
    ...{ commands: ["regress", "plot", "bandwidth"], default: "0" },
  },
  {
    flags: "--gap <n>",
    text: "number of rows before and after each one that the rule loo leaves out with it, for noise that is correlated along one column of keys",
    ...{ commands: ["regress", "plot", "bandwidth"], parse: whole },
  },
  {
    flags: "--adaptive",
    text: "give each key its own bandwidth, wider where keys are sparse",
    commands: FITS,
  },
  {
    flags: "--adaptive-exponent <exponent>",
    text: "power of the density by which --adaptive scales bandwidths, from 0 to 1; 0.5 by default",
    ...{ commands: FITS, parse: exponent, sets: ["adaptive"] },
  },
  {
    flags: "--neighbours <k>",
    text: "give each place the bandwidth that reaches this number of keys",
    ...{ commands: FITS, parse: whole },
  },
  {
    flags: "--at <file>",
    text: "file of places with the same columns of keys: one answer for each of its rows",
    ...{ commands: AT_PLACES, overShards: true, sets: ["queries"] },
  },
  {
    flags: "--at <file>",
    text: "file of the places, the same for all shards",
    ...{ commands: ["partial"], isRequired: true },
  },
  {
    flags: "--grid <n>",
    text: "number of places from the least to the largest key of each column, if there is no --at",
    ...{
      commands: [...AT_PLACES, "plot"],
      parse: wholeBetween(1, MOST_PLACES),
      default: 200,
      overShards: true,
      sets: ["queries"],
    },
  },
  {
    flags: "--by <column>",
    text: "column of text: fit each of its values alone, and name it in the first column of the answers",
    commands: SHARDED,
  },
  {
    flags: "--empty <policy>",
    text: "what to answer at a place that no row reaches: an empty cell, the nearest row's value, the mean of all rows, or stop",
    choices: ["nan", "nearest", "mean", "error"],
    ...{ commands: ["regress", "classify"], default: "nan" },
  },
  {
    flags: "--standard-error",
    text: "add a column of standard errors for each y",
    ...{ commands: ["regress"], overShards: true },
  },
  {
    flags: "--confidence <level>",
    text: "add columns of a confidence band of this level, such as 0.95",
    ...{ commands: ["regress"], parse: share, overShards: true },
  },
  {
    flags: "--confidence <level>",
    text: "draw a confidence band of this level, such as 0.95",
    ...{ commands: ["plot"], parse: share },
  },
  {
    flags: "--confidence <level>",
    text: "add columns of a confidence band of this level, for sums written with --errors",
    ...{ commands: ["merge"], parse: share },
  },
  {
    flags: "--replicates <n>",
    text: "add columns of a band for all places together, of the level of --confidence (0.95 by default), by a bootstrap of this number of samples",
    ...{ commands: ["regress"], parse: wholeBetween(20, 1e6) },
  },
  {
    flags: "--seed <n>",
    text: "seed of the bootstrap of --replicates; 1 by default",
    ...{ commands: ["regress"], parse: wholeBetween(0, 2 ** 32 - 1) },
  },
  {
    flags: "--gradient",
    text: "add a column of slopes for each y and x",
    commands: ["regress"],
  },
  {
    flags: "--quantiles <probabilities>",
    text: "add columns of conditional quantiles for these probabilities, comma-separated; for degree 0",
    ...{ commands: ["regress"], parse: probabilities },
  },
  {
    flags: "--top <k>",
    text: "number of rows for each place",
    ...{ commands: ["weights"], parse: whole, default: 5 },
  },
];
