"""Joint learning of identity and emotion on published pictures of faces: CK+ and FER+ (D).

Source: Li, Xu, Huang, Song, Liu and Li, "Facial Expression Recognition with Identity and Emotion
Joint Learning", IEEE Transactions on Affective Computing, doi 10.1109/TAFFC.2018.2880201.

Known to us, and followed: identity and emotion features are learned apart, with their own data;
the identity feature has 160 values; both are concatenated and fed to new fully connected layers;
the merged network then learns jointly, from expression data only. Everything else is our choice,
and the page of the study lists it.
"""
