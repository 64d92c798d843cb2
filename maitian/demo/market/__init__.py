"""The demonstration market: real closes of about 300 stocks and the CSI 300 index, compact."""
