"""Stage `sample`: renders the embedded dataset from one public-domain photograph.

The bytes are the same on every CPU. Libraries choose their code by what the CPU can do, and then
round otherwise, so everything here is either integer arithmetic, or ``+ - * /``, square roots and
comparisons of float64 element by element, which IEEE 754 defines to the last bit. There is no sum
of floats over an axis, no ``exp``, ``sin`` or ``pow``, no matrix product, no normal variate, and
none of OpenCV's filters on floats.
"""
