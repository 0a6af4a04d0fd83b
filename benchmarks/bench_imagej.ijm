// Adds up the counts of ovals on every click of a folder: what bench_imagej.py times.
// Argument: folder of clicks | file of ovals (x,y,width,height a line, pixels) | table to write
names = split(getArgument(), "|");
ovals = split(File.openAsString(names[1]), "\n");
setBatchMode(true);
clicks = getFileList(names[0]);
table = File.open(names[2]);
print(table, "click,roi,n_pixels,sum_counts");
for (i = 0; i < clicks.length; i++) {
    click = replace(clicks[i], "/", "");
    open(names[0] + "/" + click + "/luminescent.TIF");
    for (k = 0; k < ovals.length; k++) {
        at = split(ovals[k], ",");
        makeOval(parseFloat(at[0]), parseFloat(at[1]), parseFloat(at[2]), parseFloat(at[3]));
        getRawStatistics(n, mean);
        print(table, click + "," + (k + 1) + "," + n + "," + d2s(n * mean, 3));
    }
    close();
}
File.close(table);
run("Quit");
