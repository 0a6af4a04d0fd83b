// What ImageJ sees of written masks, for test_masks_in_imagej.py.
// Argument: label image | ROI zip | table to write
names = split(getArgument(), "|");
setBatchMode(true);
table = File.open(names[2]);
print(table, "what,name,n_pixels");
open(names[0]);
getDimensions(wide, high, channels, slices, frames);
getStatistics(area, mean, least, most);
pixels = newArray(most + 1);
for (y = 0; y < high; y++) {
    for (x = 0; x < wide; x++) {
        value = getPixel(x, y);
        pixels[value]++;
    }
}
for (k = 1; k <= most; k++) {
    print(table, "label," + k + "," + pixels[k]);
}
roiManager("Open", names[1]);
for (k = 0; k < roiManager("count"); k++) {
    roiManager("select", k);
    getRawStatistics(n);
    print(table, "roi," + Roi.getName + "," + n);
}
File.close(table);
run("Quit");
