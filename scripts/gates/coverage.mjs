/**
 * The share of branches that tests took, in per cent, checked per folder. A file that no test loads, also one of types alone,
 * counts as one branch not taken.
 *
 * @param {Record<string, { branches: { total: number, covered: number } }> | undefined} summary jest's `json-summary`: a row per file, by absolute path; undefined when there is none
 * @param {string} root absolute path of the repository
 * @param {readonly string[]} folders relative to the root
 * @param {number} minimum per cent
 * @returns {{ lines: string[], passed: boolean }} one line per folder
 */
export function checkCoverage(summary, root, folders, minimum) {
  if (summary === undefined) return { lines: ['there is no coverage summary: the unit tests write it'], passed: false };
  let passed = true;
  const lines = folders.map((folder) => {
    const rows = Object.entries(summary).filter(([file]) => file.startsWith(`${root}/${folder}/`));
    const total = rows.reduce((sum, [, row]) => sum + row.branches.total, 0);
    const covered = rows.reduce((sum, [, row]) => sum + row.branches.covered, 0);
    if (total === 0) {
      passed = false;
      return `${folder}: the summary counts no branch of it`;
    }
    const enough = covered * 100 >= minimum * total;
    passed &&= enough;
    // Rounded down, so that a share below the minimum never reads as the minimum.
    const share = (Math.floor((covered * 10_000) / total) / 100).toFixed(2);
    return `${folder}: ${share} % of ${total} branches${enough ? '' : `, below ${minimum} %${worst(rows, root)}`}`;
  });
  return { lines, passed };
}

/** The files with most branches left, so that a red gate says where to look. */
function worst(rows, root) {
  return rows
    .map(([file, { branches }]) => ({ file: file.slice(root.length + 1), left: branches.total - branches.covered }))
    .filter(({ left }) => left > 0)
    .sort((one, other) => other.left - one.left)
    .slice(0, 10)
    .map(({ file, left }) => `\n    ${file}: ${left} not taken`)
    .join('');
}
