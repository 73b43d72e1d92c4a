// Prepares the example data: reads CO₂ concentrations and cars from the package vega-datasets, standardises them with
// the statistics of the training rows, and writes CSV files for `meanfield train`. Every fifth row is held out.
//
//   node examples/prepare.js [FOLDER]        FOLDER: where the files go; default examples/data
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = process.argv[2] ?? fileURLToPath(new URL('data', import.meta.url));

/**
 * Monthly mean CO₂ on Mauna Loa, 1958–2020 (Scripps CO₂ Program, CC BY 4.0): one input, the decimal year at
 * mid-month.
 */
function readCarbonDioxide() {
  const [header, ...lines] = readDataset('co2-concentration.csv').trim().split(/\r?\n/);
  const [date, ppm] = ['Date', 'CO2'].map((name) => header.split(',').indexOf(name));
  const rows = lines.map((line) => {
    const cells = line.split(',');
    const [year, month] = cells[date].split('-').map(Number);
    return [year + (month - 0.5) / 12, Number(cells[ppm])];
  });
  return { name: 'co2', columns: ['year', 'ppm'], rows };
}

/** Cars of 1970–1982 (StatLib): five inputs, and miles per gallon. Rows with a missing value are left out. */
function readCars() {
  const columns = [
    'Cylinders',
    'Displacement',
    'Horsepower',
    'Weight_in_lbs',
    'Acceleration',
    'Miles_per_Gallon',
  ];
  const rows = JSON.parse(readDataset('cars.json'))
    .map((car) => columns.map((column) => car[column]))
    .filter((row) => row.every((value) => typeof value === 'number'));
  return { name: 'cars', columns, rows };
}

function readDataset(file) {
  return readFileSync(new URL(`../data/${file}`, import.meta.resolve('vega-datasets')), 'utf8');
}

/** Splits, standardises and writes one data set; the last column is the target y. */
function write({ name, columns, rows }) {
  const train = rows.filter((_, j) => j % 5 !== 4);
  const test = rows.filter((_, j) => j % 5 === 4);
  const scales = columns.map((_, k) => standardOf(train.map((row) => row[k])));
  const header = [...columns.slice(1).map((_, k) => `x${k}`), 'y'].join(',');
  for (const [part, list] of Object.entries({ train, test })) {
    const lines = list.map((row) =>
      row.map((value, k) => ((value - scales[k].mean) / scales[k].deviation).toPrecision(9)),
    );
    const path = join(folder, `${name}-${part}.csv`);
    writeFileSync(path, `${[header, ...lines].join('\n')}\n`);
    console.log(`${relative('.', path)}: ${list.length} rows, d = ${columns.length - 1}`);
  }
  columns.forEach((column, k) => {
    const letter = k === columns.length - 1 ? 'y' : `x${k}`;
    const { mean, deviation } = scales[k];
    console.log(`  ${column} = ${mean.toPrecision(8)} + ${deviation.toPrecision(8)} · ${letter}`);
  });
}

/** Mean and standard deviation of numbers. */
function standardOf(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

mkdirSync(folder, { recursive: true });
write(readCarbonDioxide());
write(readCars());
