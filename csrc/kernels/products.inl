// Gradient products of two pixel rows, summed over cells of 2 x 2 pixels. Included once per
// instruction set, see isa/.

struct Products {
  I32 xx, xy, yy, xt, yt, tt;
};

static inline Products ProductsOf(const std::int16_t* above, const std::int16_t* here,
                                  const std::int16_t* below, const std::int16_t* difference,
                                  I16 counts) {
  const I16 gx = And(Sub(LoadI16(here + 1), LoadI16(here - 1)), counts);
  const I16 gy = And(Sub(LoadI16(below), LoadI16(above)), counts);
  const I16 all = And(LoadI16(difference), counts);
  const I16 gt = Min(Max(all, SplatI16(-kDifferenceMax)), SplatI16(kDifferenceMax));
  return {MulAddPairs(gx, gx), MulAddPairs(gx, gy), MulAddPairs(gy, gy),
          MulAddPairs(gx, gt), MulAddPairs(gy, gt), MulAddPairs(all, all)};
}

// Puts a product where an old one stood, which leaves the total as this one enters it.
static inline void Exchange(I32 product, std::int32_t* ring, std::int32_t* total) {
  Store(Add(LoadI32(total), Sub(product, LoadI32(ring))), total);
  Store(product, ring);
}

// The six products of a row of cells, each a row of `ring` and of `total`, `stride` apart.
//
//   total += product - ring;  ring = product
//
// `rows.sum` are the sums of both images, four rows of them: one above, the two, one below; with a
// number before and after each row. |gradient| < 2^11, |difference| < 2^10, so a cell's product
// stays below 2^24. `rows.counts` is all ones for columns that count. Whole vectors of 16 pixels, 8
// cells.
static void ProductsRow(const ProductRows& rows, int width, int stride, std::int32_t* ring,
                        std::int32_t* total) {
  for (int x = 0; x < width; x += kLanesI16) {
    const I16 counts = LoadI16(rows.counts + x);
    const I16 upper = And(counts, And(LoadI16(rows.is_inside[0] + x), SplatI16(rows.has_upper)));
    const I16 lower = And(counts, And(LoadI16(rows.is_inside[1] + x), SplatI16(rows.has_lower)));
    const Products a = ProductsOf(rows.sum[0] + x, rows.sum[1] + x, rows.sum[2] + x,
                                  rows.difference[0] + x, upper);
    const Products b = ProductsOf(rows.sum[1] + x, rows.sum[2] + x, rows.sum[3] + x,
                                  rows.difference[1] + x, lower);
    const int cell = x / 2;
    Exchange(Add(a.xx, b.xx), ring + kXx * stride + cell, total + kXx * stride + cell);
    Exchange(Add(a.xy, b.xy), ring + kXy * stride + cell, total + kXy * stride + cell);
    Exchange(Add(a.yy, b.yy), ring + kYy * stride + cell, total + kYy * stride + cell);
    Exchange(Add(a.xt, b.xt), ring + kXt * stride + cell, total + kXt * stride + cell);
    Exchange(Add(a.yt, b.yt), ring + kYt * stride + cell, total + kYt * stride + cell);
    Exchange(Add(a.tt, b.tt), ring + kTt * stride + cell, total + kTt * stride + cell);
  }
}

static void AddRow(const std::int32_t* row, int count, std::int32_t* total) {
  for (int x = 0; x < count; x += kLanes)
    Store(Add(LoadI32(total + x), LoadI32(row + x)), total + x);
}

static void SubtractRow(const std::int32_t* row, int count, std::int32_t* total) {
  for (int x = 0; x < count; x += kLanes)
    Store(Sub(LoadI32(total + x), LoadI32(row + x)), total + x);
}
